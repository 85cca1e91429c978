import { CONNECTION_GONE, type ErrorText } from '../error-text.ts'

/** Deno's `fetch`. */
export const DENO: readonly ErrorText[] = [
  {
    id: 'D1',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (http://ADDR/x): client error (Connect): tcp connect error: Connection refused (os error 111)"',
    before: 'refused',
    page: 'unable-to-connect',
  },
  {
    id: 'D2',
    raised:
      'TypeError "fetch failed" ← Error "error sending request from ADDR for http://ADDR/x (ADDR): client error (SendRequest): connection closed before message completed"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'network-connection-lost',
  },
  {
    id: 'D3',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (http://ADDR/x): client error (Connect): tcp connect error: Connection reset by peer (os error 104)"',
    before: 'refused',
    page: 'econnreset',
  },
  {
    id: 'D4',
    raised: 'TypeError "fetch failed" ← Error "Connection reset by peer (os error 104)"',
    before: 'closed-before-headers',
    otherwise: CONNECTION_GONE,
    page: 'econnreset',
  },
  {
    id: 'D5',
    raised:
      'TypeError "fetch failed" ← Error "error sending request from ADDR for http://ADDR/x (ADDR): client error (SendRequest): invalid HTTP version parsed"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'D6',
    raised:
      'TypeError "fetch failed" ← Error "error sending request from ADDR for http://ADDR/x (ADDR): client error (SendRequest): message head is too large"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'D7',
    raised:
      'TypeError "fetch failed" ← Error "error sending request from ADDR for http://ADDR/x (ADDR): client error (SendRequest): invalid HTTP header parsed"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'D8',
    raised:
      'TypeError "fetch failed" ← Error "error sending request from ADDR for http://ADDR/x (ADDR): client error (SendRequest): invalid content-length parsed"',
    before: 'bad-response',
    page: 'fetch-failed',
  },
  {
    id: 'D9',
    raised: 'TypeError "error reading a body from connection"',
    body: 'body-reset',
    page: 'network-connection-lost',
  },
  { id: 'D10', raised: 'TypeError "unexpected end of file"', body: 'decode' },
  { id: 'D11', raised: 'TypeError "deflate decompression error: invalid code lengths set"', body: 'decode' },
  { id: 'D12', raised: 'TypeError "Invalid gzip header"', body: 'decode' },
  {
    id: 'D13',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (https://ADDR/x): client error (Connect): invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))"',
    before: 'tls-trust',
    page: 'fetch-failed',
  },
  {
    id: 'D14',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (https://ADDR/x): client error (Connect): invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("wrong.example")"',
    before: 'tls-trust',
    page: 'fetch-failed',
  },
  {
    id: 'D15',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (https://ADDR/x): client error (Connect): invalid peer certificate: certificate expired: …"',
    before: 'tls-trust',
    page: 'fetch-failed',
  },
  {
    id: 'D16',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (https://ADDR/x): client error (Connect): Connection reset by peer (os error 104)"',
    before: 'tls-handshake',
    page: 'econnreset',
  },
  {
    id: 'D17',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (https://ADDR/x): client error (Connect): tls handshake eof"',
    before: 'tls-handshake',
    page: 'fetch-failed',
  },
  {
    id: 'D18',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (https://ADDR/x): client error (Connect): received corrupt message of type InvalidContentType"',
    before: 'tls-handshake',
    page: 'fetch-failed',
  },
  {
    id: 'D19',
    raised:
      'TypeError "fetch failed" ← Error "peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/rustls/manual/_03_howto/index.html#unexpected-eof"',
    before: 'closed-before-headers',
    page: 'fetch-failed',
  },
  {
    id: 'D20',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (http://no-such-host.invalid:1234/x): client error (Connect): dns error: failed to lookup address information: Name or service not known"',
    before: 'dns',
    page: 'unable-to-connect',
  },
  {
    id: 'D21',
    raised:
      'TypeError "fetch failed" ← Error "stream error received: refused stream before processing any application logic"',
    before: 'refused-stream',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D22',
    raised: 'TypeError "fetch failed" ← Error "stream error received: stream no longer needed"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D23',
    raised: 'TypeError "fetch failed" ← Error "stream error received: unexpected internal error encountered"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D24',
    raised: 'TypeError "fetch failed" ← Error "stream error received: detected excessive load generating behavior"',
    before: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D25',
    raised: 'TypeError "fetch failed" ← Error "stream error received: not a result of an error"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D26',
    raised: 'TypeError "fetch failed" ← Error "stream error received: unspecific protocol error detected"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D27',
    raised: 'TypeError "fetch failed" ← Error "connection error received: not a result of an error"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D28',
    raised:
      'TypeError "fetch failed" ← Error "connection error received: detected excessive load generating behavior (b"too_many_pings")"',
    before: 'overloaded',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D29',
    raised: 'TypeError "fetch failed" ← Error "stream closed because of a broken pipe"',
    before: 'h2-reset',
    page: 'stream-closed-with-error-code',
  },
  {
    id: 'D30',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (http://ADDR/x): client error (Connect): tcp connect error: Network is unreachable (os error 101)"',
    before: 'unreachable',
    page: 'unable-to-connect',
  },
  {
    id: 'D31',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (http://ADDR/x): client error (Connect): tcp connect error: Connection timed out (os error 110)"',
    before: 'connect-timeout',
    page: 'unable-to-connect',
    readIn: 'hyper and the text of the operating system',
  },
  {
    id: 'D32',
    raised:
      'TypeError "fetch failed" ← Error "error sending request for url (http://no-such-host.invalid/x): client error (Connect): dns error: failed to lookup address information: Temporary failure in name resolution"',
    before: 'dns',
    page: 'unable-to-connect',
  },
  {
    id: 'D33',
    raised: 'TypeError "Fetch failed: Requests to port 9 are blocked"',
    textDoesNotTell: true,
    before: 'closed-before-headers',
    note: 'Nothing was sent: `fetch` refuses this port number, by a list in its standard. Use another port.',
  },
]
