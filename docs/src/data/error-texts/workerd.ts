import { CONNECTION_GONE, type ErrorText } from '../error-text.ts'

/** `fetch` of workerd, the runtime of Cloudflare Workers. */
export const WORKERD: readonly ErrorText[] = [
  {
    id: 'W1',
    raised: 'Error "Network connection lost."',
    before: 'closed-before-headers',
    body: 'body-reset',
    otherwise: CONNECTION_GONE,
    page: 'network-connection-lost',
  },
  {
    id: 'W2',
    raised: 'Error "internal error; reference = <id>"',
    before: 'closed-before-headers',
    body: 'body-reset',
    page: 'network-connection-lost',
  },
  { id: 'W3', raised: 'Error "invalid Content-Length header value; cl = 5, 6"', before: 'bad-response' },
  { id: 'W4', raised: 'TypeError "Gzip compressed stream ended prematurely."', body: 'decode' },
  { id: 'W5', raised: 'TypeError "Gzip decompression failed."', body: 'decode' },
  { id: 'W6', raised: 'TypeError "Brotli decompression failed."', body: 'decode', readIn: 'workerd' },
]
