import type { FaultKind } from '@stopbit/faults'

/** A page under /patterns/. */
type PatternSlug =
  | 'buffering-fronts'
  | 'clean-end-lies'
  | 'clocks-and-heartbeat'
  | 'drain'
  | 'finalize-or-destroy'
  | 'hold-the-200-back'
  | 'safe-retries'
  | 'stale-socket-race'
  | 'what-never-to-say'
  | 'whole-events-only'

/** What a fault is, and what to do about it, in a sentence each. */
export interface FaultAdvice {
  readonly means: string
  /** For who has the program that shows the text. */
  readonly client: string
  /** For who runs or builds a proxy on the way. */
  readonly operator: string
  readonly pattern: PatternSlug
}

const NEVER_SENT = 'Nothing was sent, so trying again is safe.'

/** The advice of every kind; a text has that of its kind. */
export const FAULT_ADVICE: Readonly<Record<FaultKind, FaultAdvice>> = {
  dns: {
    means: "The server's name has no address, or no name server answered.",
    client: `Check the base URL and the network. ${NEVER_SENT}`,
    operator: 'Answer 502 in the words of the API. `stopbit doctor` looks the name up.',
    pattern: 'safe-retries',
  },
  refused: {
    means: 'Nobody listens at that address and port, or something on the way refuses the connection.',
    client: `Check that the server or gateway runs, and the port in the base URL. ${NEVER_SENT}`,
    operator: 'Answer 502, which SDKs try again. Retry once by yourself: nothing was sent.',
    pattern: 'safe-retries',
  },
  unreachable: {
    means: 'There is no network route to the server.',
    client: `Check the network, a VPN, a proxy. ${NEVER_SENT}`,
    operator: 'Look at routes, firewall and proxy settings of the machine that the proxy runs on.',
    pattern: 'safe-retries',
  },
  'connect-timeout': {
    means: 'The connection was not set up in time: packets are dropped, or the server is too busy to accept.',
    client: NEVER_SENT,
    operator: 'Set a limit of some 10 s for the set-up alone, and answer 504 when it has run out.',
    pattern: 'clocks-and-heartbeat',
  },
  'tls-trust': {
    means: 'The certificate is expired, has another name, or is signed by an authority that is not trusted.',
    client:
      'Do not turn the check off. In a company network give the program its authority: `NODE_EXTRA_CA_CERTS`, or `--use-system-ca`.',
    operator: 'Trying again does not help. Give the proxy the authority: `--upstream-ca-file`.',
    pattern: 'what-never-to-say',
  },
  'tls-handshake': {
    means:
      'TLS could not be set up: the connection broke in the handshake, or the other side does not speak TLS there.',
    client: 'Check `http` and `https` and the port. Trying once more is safe: no request was sent.',
    operator: 'Check that the upstream URL names a TLS port, and no device on the way cuts TLS.',
    pattern: 'safe-retries',
  },
  'refused-stream': {
    means: 'The server said by HTTP/2 that it did not work on this request.',
    client: 'Trying again is safe. Wait a little: the server sheds load or is about to stop.',
    operator: 'Retry on another connection, with a back-off; count hidden retries of your HTTP client, too.',
    pattern: 'safe-retries',
  },
  'reused-closed': {
    means: 'A kept connection was closed by the other side just when the next request was sent on it.',
    client: 'Try once more on a fresh connection. The request was most probably never read, but nobody can prove it.',
    operator: 'Let the side that sends close first: set the listener’s keep-alive longer than that of its clients.',
    pattern: 'stale-socket-race',
  },
  'closed-before-headers': {
    means: 'The connection ended after the request was sent and before an answer began.',
    client: 'The request may have been worked on. Try again if it may run twice; SDKs do so twice.',
    operator: 'Answer 502 in the words of the API: before the head a status can still be sent.',
    pattern: 'hold-the-200-back',
  },
  'upload-broken': {
    means: 'The connection ended while the request was still being sent.',
    client: 'Look at the size of the request. The server may have acted on a part of it.',
    operator: 'Look for a limit on body size on the way (nginx: `client_max_body_size`).',
    pattern: 'safe-retries',
  },
  'h2-reset': {
    means: 'The server gave up this HTTP/2 stream or the whole connection before it answered.',
    client: 'The request may have been worked on. Try again if it may run twice.',
    operator: 'Answer 502. If it happens often, try HTTP/1.1 upstream: it has fewer ways to end.',
    pattern: 'hold-the-200-back',
  },
  'headers-timeout': {
    means: 'No answer began in time.',
    client: 'The model is probably still at work. Do not try again at once; raise the limit, or ask for a stream.',
    operator: 'Give streams 280 s before your clients’ own 300 s run out, and answer 504.',
    pattern: 'clocks-and-heartbeat',
  },
  'bad-response': {
    means: 'What came was no HTTP answer that can be read.',
    client: 'Check the base URL: the port may belong to something else.',
    operator: 'Check the upstream URL and what is in front of it. Answer 502.',
    pattern: 'hold-the-200-back',
  },
  overloaded: {
    means: 'The server says that it has too many requests.',
    client: 'Wait, then try again; honour `retry-after`.',
    operator: 'Pass it on as 529 or 503 with `retry-after`. Do not retry at once.',
    pattern: 'safe-retries',
  },
  'pool-full': {
    means: 'This program has no free connection or file descriptor left.',
    client: 'Look for responses that nobody reads to their end.',
    operator: 'Raise the limit, or find what does not give connections back.',
    pattern: 'safe-retries',
  },
  'breaker-open': {
    means: 'The proxy gives a server that kept failing a short rest.',
    client: 'Wait a moment, then try again.',
    operator: 'Look at the faults before it: `stopbit report`.',
    pattern: 'safe-retries',
  },
  'body-reset': {
    means: 'The connection ended within the answer. What arrived is true, and the rest is lost.',
    client: 'Keep the partial answer and mark it as cut. A new request costs again and starts over.',
    operator: 'Send the API’s own error event and end the response. Do not destroy the socket.',
    pattern: 'finalize-or-destroy',
  },
  'body-truncated': {
    means: 'The answer ended without an error, and without its last event: it is not whole.',
    client: 'Do not take the end of a stream for success. Look for the stop reason and the last event.',
    operator: 'Add the error event before you end the response. A clean end alone says that all is well.',
    pattern: 'clean-end-lies',
  },
  'body-timeout': {
    means: 'The answer began, and then no byte came for too long.',
    client: 'Ask for a gateway that sends heartbeats, or raise the limit between two pieces to 300 s or more.',
    operator: 'Send a heartbeat into silence, and end the stream truthfully before the client gives up.',
    pattern: 'clocks-and-heartbeat',
  },
  'progress-timeout': {
    means: 'The connection was kept alive, but the model sent nothing more.',
    client: 'Try again.',
    operator: 'Count model data, not keep-alives, in one of your clocks.',
    pattern: 'clocks-and-heartbeat',
  },
  decode: {
    means: 'The compressed body could not be unpacked, mostly because it was cut.',
    client: 'Try again; ask for `accept-encoding: identity` if it stays.',
    operator: 'Ask the API for `identity`, and do not compress event streams.',
    pattern: 'buffering-fronts',
  },
  'bad-framing': {
    means: 'The body is not what its head promised: broken chunks, or another format.',
    client: 'Look at the bytes themselves; a proxy on the way may have put in an error page.',
    operator: 'Never write a text of your own into a body that has begun, other than an event of its dialect.',
    pattern: 'whole-events-only',
  },
  internal: {
    means: 'The program that sends the request made a mistake of its own.',
    client: 'Read the cause: it names the wrong option or call.',
    operator: 'Answer 500 without the text, and log the cause.',
    pattern: 'what-never-to-say',
  },
  'client-gone': {
    means: 'The client left: a user who stopped, or a program whose time was over.',
    client: 'If nobody stopped it, look for a timeout of your own.',
    operator: 'Close the upstream within a second, and do not count it as the API’s failure.',
    pattern: 'clocks-and-heartbeat',
  },
  'aborted-by-us': {
    means: 'The program itself ended the request: it stops, or a limit of its own ran out.',
    client: 'Look for an `AbortSignal` or a timeout in your own code.',
    operator: 'On a stop, drain first, then end what is left with the error event.',
    pattern: 'drain',
  },
}
