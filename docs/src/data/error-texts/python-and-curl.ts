import type { ErrorText } from '../error-text.ts'

const PAGE = 'incomplete-chunked-read'

/** httpx, requests, aiohttp, urllib; and the Python SDKs, which are made of httpx. */
export const PYTHON: readonly ErrorText[] = [
  {
    id: 'P1',
    raised:
      'httpx.RemoteProtocolError "peer closed connection without sending complete message body (incomplete chunked read)"',
    body: 'body-reset',
    page: PAGE,
    note: 'Of `anthropic` 1.13.0 as `httpx2.RemoteProtocolError`: it is not wrapped.',
  },
  {
    id: 'P2',
    raised:
      'httpx.RemoteProtocolError "peer closed connection without sending complete message body (received 15 bytes, expected 500)"',
    body: 'body-reset',
    page: PAGE,
  },
  {
    id: 'P3',
    raised: 'httpx.RemoteProtocolError "Server disconnected without sending a response."',
    before: 'closed-before-headers',
    otherwise: ['reused-closed'],
    page: PAGE,
  },
  {
    id: 'P4',
    raised: 'httpx.ReadError "[Errno 104] Connection reset by peer"',
    before: 'closed-before-headers',
    body: 'body-reset',
    page: PAGE,
  },
  {
    id: 'P5',
    raised: 'httpx.ReadTimeout "timed out"',
    before: 'headers-timeout',
    body: 'body-timeout',
    page: PAGE,
    note: 'Before the head and between two pieces of a body alike.',
  },
  {
    id: 'P6',
    raised: 'openai.APIConnectionError "Connection error."',
    before: 'closed-before-headers',
    body: 'body-reset',
    page: PAGE,
    note: 'openai 3.22.1 raises it within a stream, too; its `__cause__` has the text of httpx.',
  },
  {
    id: 'P7',
    raised: 'anthropic.APIConnectionError "Connection error."',
    before: 'closed-before-headers',
    page: PAGE,
    note: 'anthropic 1.13.0 raises it before the head only.',
  },
  {
    id: 'P8',
    raised: 'openai.APITimeoutError "Request timed out."',
    before: 'headers-timeout',
    body: 'body-timeout',
    page: PAGE,
  },
  {
    id: 'P9',
    raised:
      'anthropic.APITimeoutError "Request timed out or interrupted. This could be due to a network timeout, dropped connection, or request cancellation. See https://docs.anthropic.com/en/api/errors#long-requests for more details."',
    before: 'headers-timeout',
    page: PAGE,
  },
  {
    id: 'P10',
    raised: 'requests.exceptions.ChunkedEncodingError "Response ended prematurely"',
    body: 'body-reset',
    page: PAGE,
    note: 'Between two chunks.',
  },
  {
    id: 'P11',
    raised:
      'requests.exceptions.ChunkedEncodingError "(\'Connection broken: IncompleteRead(4 bytes read, 60 more expected)\', IncompleteRead(4 bytes read, 60 more expected))"',
    body: 'body-reset',
    page: PAGE,
    note: 'Within a chunk.',
  },
  {
    id: 'P12',
    raised:
      'requests.exceptions.ChunkedEncodingError "("Connection broken: ConnectionResetError(104, \'Connection reset by peer\')", ConnectionResetError(104, \'Connection reset by peer\'))"',
    body: 'body-reset',
    page: PAGE,
  },
  {
    id: 'P13',
    raised:
      "requests.exceptions.ConnectionError \"('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))\"",
    before: 'closed-before-headers',
    otherwise: ['reused-closed'],
    page: PAGE,
  },
  {
    id: 'P14',
    raised: 'requests.exceptions.ConnectionError "HTTPConnectionPool(host=\'127.0.0.1\', port=80): Read timed out."',
    before: 'headers-timeout',
    body: 'body-timeout',
    page: PAGE,
  },
  {
    id: 'P15',
    raised:
      'aiohttp.ClientPayloadError "Response payload is not completed: <TransferEncodingError: 400, message=\'Not enough data to satisfy transfer length header.\'>"',
    body: 'body-reset',
    page: PAGE,
  },
  {
    id: 'P16',
    raised:
      'aiohttp.ClientPayloadError "Response payload is not completed: <ContentLengthError: 400, message=\'Not enough data to satisfy content length header (received 15 of 500 bytes).\'>"',
    body: 'body-reset',
    page: PAGE,
  },
  {
    id: 'P17',
    raised: 'aiohttp.ServerDisconnectedError "Server disconnected"',
    before: 'closed-before-headers',
    otherwise: ['reused-closed'],
    page: PAGE,
  },
  {
    id: 'P18',
    raised: 'aiohttp.SocketTimeoutError "Timeout on reading data from socket"',
    before: 'headers-timeout',
    body: 'body-timeout',
    page: PAGE,
  },
  { id: 'P19', raised: 'http.client.IncompleteRead "IncompleteRead(24 bytes read)"', body: 'body-reset', page: PAGE },
  {
    id: 'P20',
    raised: 'http.client.RemoteDisconnected "Remote end closed connection without response"',
    before: 'closed-before-headers',
    otherwise: ['reused-closed'],
    page: PAGE,
  },
]

/** curl, over HTTP/1.1. */
export const CURL: readonly ErrorText[] = [
  {
    id: 'K1',
    raised: '"curl: (18) transfer closed with outstanding read data remaining"',
    body: 'body-reset',
    page: PAGE,
  },
  { id: 'K2', raised: '"curl: (18) transfer closed with 485 bytes remaining to read"', body: 'body-reset', page: PAGE },
  { id: 'K3', raised: '"curl: (52) Empty reply from server"', before: 'closed-before-headers', page: PAGE },
  {
    id: 'K4',
    raised: '"curl: (56) Recv failure: Connection reset by peer"',
    before: 'closed-before-headers',
    body: 'body-reset',
    page: 'econnreset',
  },
  { id: 'K5', raised: '"curl: (1) Received HTTP/0.9 when not allowed"', before: 'bad-response' },
]
