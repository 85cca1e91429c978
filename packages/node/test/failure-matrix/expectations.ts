import type { Expectation, ExpectedFault, FaultKind } from './row.ts'

/** What each failure is to be called, with the word of RFC 9209, by hand: not taken from the code under test. */
const TABLE = {
  dns: ['dns_error', 'connect', 'never-sent', 502],
  refused: ['connection_refused', 'connect', 'never-sent', 502],
  unreachable: ['destination_ip_unroutable', 'connect', 'never-sent', 502],
  'connect-timeout': ['connection_timeout', 'connect', 'never-sent', 504],
  'tls-trust': ['tls_certificate_error', 'connect', 'never-sent', 502],
  'tls-handshake': ['tls_protocol_error', 'connect', 'never-sent', 502],
  'refused-stream': ['connection_terminated', 'headers', 'declared-unprocessed', 502],
  'reused-closed': ['connection_terminated', 'headers', 'maybe-processed', 502],
  'closed-before-headers': ['connection_terminated', 'headers', 'maybe-processed', 502],
  'upload-broken': ['connection_terminated', 'send', 'maybe-processed', 502],
  'h2-reset': ['connection_terminated', 'headers', 'maybe-processed', 502],
  'headers-timeout': ['http_response_timeout', 'headers', 'maybe-processed', 504],
  'bad-response': ['http_protocol_error', 'headers', 'processed', 502],
  overloaded: ['connection_limit_reached', 'headers', 'maybe-processed', 529],
  'body-reset': ['http_response_incomplete', 'body', 'processed', 502],
  'body-truncated': ['http_response_incomplete', 'body', 'processed', 502],
  'body-timeout': ['connection_read_timeout', 'body', 'processed', 504],
  decode: ['http_response_content_coding', 'body', 'processed', 502],
  'bad-framing': ['http_protocol_error', 'body', 'processed', 502],
} as const satisfies Partial<Record<FaultKind, readonly unknown[]>>

type Kind = keyof typeof TABLE

/** The whole answer of the upstream. */
export function whole(status = 200): Expectation {
  return { client: 'whole', status, faults: [] }
}

/** An error response; of one of these kinds, which the kernel chooses where they are several. */
export function envelope(...kinds: [Kind, ...Kind[]]): Expectation {
  return { client: 'envelope', status: TABLE[kinds[0]][3], faults: kinds.map(faultOf) }
}

/** A cut answer: an error event for a stream, an error response for a JSON body, of which nothing had gone out. */
export function cut(...kinds: [Kind, ...Kind[]]): { stream: Expectation; json: Expectation } {
  return {
    stream: { client: 'error-event', status: 200, faults: kinds.map(faultOf) },
    json: envelope(...kinds),
  }
}

function faultOf(kind: Kind): ExpectedFault {
  const [word, phase, safety] = TABLE[kind]
  return { kind, word, phase, safety }
}

/** An expectation whose faults happened in the body, of a kind that is usually of an earlier phase. */
export function inBody(expectation: Expectation): Expectation {
  const faults = expectation.faults.map((fault) => ({ ...fault, phase: 'body', safety: 'processed' }) as const)
  return { ...expectation, faults }
}
