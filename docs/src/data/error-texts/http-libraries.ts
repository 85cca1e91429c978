import { CONNECTION_GONE, type ErrorText } from '../error-text.ts'

/** The packages node-fetch 2 and 3, axios (its http adapter) and got, on Node 24. */
export const HTTP_LIBRARIES: readonly ErrorText[] = [
  {
    id: 'L1',
    raised: 'FetchError `ECONNRESET` "request to http://ADDR/x failed, reason: socket hang up"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'socket-hang-up',
  },
  {
    id: 'L2',
    raised: 'FetchError `ECONNRESET` "request to http://ADDR/x failed, reason: read ECONNRESET"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'econnreset',
  },
  {
    id: 'L3',
    raised:
      'FetchError `ERR_STREAM_PREMATURE_CLOSE` "Invalid response body while trying to fetch http://ADDR/x: Premature close"',
    body: 'body-reset',
    page: 'premature-close',
    note: 'node-fetch 3 for a reset and for a close within a chunked body, node-fetch 2 for a close.',
  },
  {
    id: 'L4',
    raised: 'FetchError `ECONNRESET` "Invalid response body while trying to fetch http://ADDR/x: read ECONNRESET"',
    body: 'body-reset',
    page: 'premature-close',
    note: 'node-fetch 2, for a reset.',
  },
  {
    id: 'L5',
    raised: 'FetchError `ECONNRESET` "Invalid response body while trying to fetch http://ADDR/x: aborted"',
    body: 'body-reset',
    page: 'premature-close',
    note: 'node-fetch 3, for a body shorter than its Content-Length. node-fetch 2.7.0 raised nothing there: its promise had not settled after 5 s.',
  },
  {
    id: 'L6',
    raised: 'AxiosError `ERR_BAD_RESPONSE` "stream has been aborted"',
    body: 'body-reset',
    page: 'econnreset',
  },
  {
    id: 'L7',
    raised: 'Error `ECONNRESET` "socket hang up"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'socket-hang-up',
  },
  {
    id: 'L8',
    raised: 'AxiosError `ERR_NETWORK` "Network Error"',
    textDoesNotTell: true,
    before: 'closed-before-headers',
    page: 'fetch-failed',
    note: 'axios with its fetch adapter. What happened is in its cause.',
  },
  {
    id: 'L9',
    raised: 'RequestError `ECONNRESET` "socket hang up"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'socket-hang-up',
  },
  {
    id: 'L10',
    raised: 'ReadError `ECONNRESET` "The server aborted pending request"',
    body: 'body-reset',
    page: 'econnreset',
    note: 'got.',
  },
]
