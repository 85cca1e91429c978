/**
 * What a mocked response says in another way than the wire, by a permanent name. The texts are for people who read why a test under
 * replay differs from one behind a socket.
 */
export const DIFFERENCES = {
  'connection-end':
    'A reset, a FIN and broken framing in a body all become an error of the body: the client’s read fails as it would, and the error’s cause says less.',
  'before-head':
    'A connection that is refused, reset or closed before the head becomes a network error without a code.',
  connecting: 'A connection that is never made is silence before the head: a client’s connect timeout does not see it.',
  'unreadable-head':
    'A head that is cut or no sound HTTP becomes a network error. Chromium, for one, may take such a head nevertheless.',
  'no-connections': 'Requests are counted, not connections: nothing is reused, and no idle connection is closed.',
  'after-answer':
    'What happens on the connection behind a whole answer (more bytes, a FIN, a reset, an HTTP/2 GOAWAY) is left out.',
  'chunk-fields': 'Chunk extensions and trailers are left out.',
  informational: 'Informational heads (1xx) are left out.',
  upload: 'The request is always taken whole: an upload is never slowed down nor cut.',
  coding:
    'In a browser a coded body is decoded before the response is made, for service workers do not decode. A truncated one then fails, where the browser’s own decoder may not.',
  tls: 'There is no TLS: what fails in the handshake becomes a network error or silence.',
  http2: 'There is no HTTP/2: a stream’s reset becomes an error of the body, or a network error before the head.',
  'client-fault': 'The failure is the client’s own doing: the test has to leave, to pause or to be slow.',
} as const

/** Name of a difference. */
export type Difference = keyof typeof DIFFERENCES

/** What no mocked response can say, not even nearly. */
export const IMPOSSIBILITIES = {
  listener: 'The trace is about when a proxy’s listener closes idle connections. A mocked response has no listener.',
  'half-close':
    'The client closes its sending side and goes on reading. `fetch` cannot, and a mocked response would not see it.',
  'http2-frames': 'The trace is about HTTP/2 flow control or PING frames, which no client of `fetch` sees.',
} as const

/** Name of an impossibility. */
export type Impossibility = keyof typeof IMPOSSIBILITIES
