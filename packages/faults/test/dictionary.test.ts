import { describe, expect, test } from 'vitest'
import { classifyFault, type FaultKind, type RetrySafety, type TransportFacts } from '../src/index.ts'
import { DICTIONARY, errorOf } from './dictionary.ts'

const SENT: TransportFacts = {
  connected: true,
  secure: false,
  requestSent: true,
  reused: false,
  sinceSentMs: 5,
  responseStarted: false,
  headersReceived: false,
}

/** What a transport knows at each place where an error was seen. */
const FACTS = {
  /** No connection: refused, DNS, a proxy. */
  connecting: { connected: false, secure: false, headersReceived: false },
  /** No TLS connection. */
  handshake: { connected: false, secure: true, headersReceived: false },
  sending: { ...SENT, requestSent: false },
  fresh: SENT,
  reused: { ...SENT, reused: true },
  /** A reused connection that closes long after the request. */
  late: { ...SENT, reused: true, sinceSentMs: 5_000 },
  'mid-head': { ...SENT, responseStarted: true },
  body: { ...SENT, responseStarted: true, headersReceived: true },
  /** Over fetch nothing is known but whether there was a response. */
  fetch: { headersReceived: false },
  'fetch body': { headersReceived: true },
} satisfies Record<string, TransportFacts>

type Place = keyof typeof FACTS

/** Every entry of the dictionary, at each place where it was seen, and what it is to be called. */
const CASES: readonly [ids: string, place: Place, kind: FaultKind, retrySafety: RetrySafety][] = [
  // Node's fetch
  ['F1 F3', 'fetch', 'refused', 'never-sent'],
  ['F2 F4', 'fetch', 'closed-before-headers', 'maybe-processed'],
  ['F5 F6 F7 F8 F9 F15 F16', 'fetch', 'bad-response', 'processed'],
  ['F10 F11', 'fetch body', 'body-reset', 'processed'],
  ['F12 F35', 'fetch body', 'bad-framing', 'processed'],
  ['F13 F14', 'fetch body', 'decode', 'processed'],
  ['F17 F18 F19', 'fetch', 'tls-trust', 'never-sent'],
  ['F20 F21', 'fetch', 'tls-handshake', 'maybe-processed'],
  ['F22', 'fetch', 'refused-stream', 'declared-unprocessed'],
  ['F24 F25 F29 F30 F32', 'fetch', 'h2-reset', 'maybe-processed'],
  ['F27 F33', 'fetch', 'overloaded', 'maybe-processed'],
  ['F28', 'fetch body', 'overloaded', 'processed'],
  ['F23 F26 F31 F34', 'fetch body', 'body-reset', 'processed'],
  ['F36', 'fetch', 'dns', 'never-sent'],
  // undici 8
  ['U1 U4', 'connecting', 'refused', 'never-sent'],
  ['U2', 'connecting', 'connect-timeout', 'never-sent'],
  ['U2', 'handshake', 'connect-timeout', 'never-sent'],
  ['U2', 'fetch', 'connect-timeout', 'never-sent'],
  ['U3 U5', 'fresh', 'closed-before-headers', 'maybe-processed'],
  ['U3 U5', 'mid-head', 'closed-before-headers', 'maybe-processed'],
  ['U3 U5', 'reused', 'reused-closed', 'maybe-processed'],
  ['U3 U5', 'late', 'closed-before-headers', 'maybe-processed'],
  ['U3 U5', 'sending', 'upload-broken', 'maybe-processed'],
  ['U3 U5', 'body', 'body-reset', 'processed'],
  ['U5 U19 U20', 'handshake', 'tls-handshake', 'never-sent'],
  ['U6 U7 U8 U9 U10 U14 U15', 'fresh', 'bad-response', 'processed'],
  ['U6 U7', 'reused', 'bad-response', 'processed'],
  ['U11', 'fresh', 'headers-timeout', 'maybe-processed'],
  ['U12 U31', 'body', 'body-timeout', 'processed'],
  ['U13 U32', 'body', 'bad-framing', 'processed'],
  ['U16 U17 U18', 'handshake', 'tls-trust', 'never-sent'],
  ['U21', 'connecting', 'dns', 'never-sent'],
  ['U22 U28', 'fresh', 'refused-stream', 'declared-unprocessed'],
  ['U22 U28', 'reused', 'refused-stream', 'declared-unprocessed'],
  ['U23 U24 U26 U27', 'fresh', 'h2-reset', 'maybe-processed'],
  ['U25 U29', 'fresh', 'overloaded', 'maybe-processed'],
  ['U25', 'body', 'overloaded', 'processed'],
  ['U22 U24 U27 U30', 'body', 'body-reset', 'processed'],
  // node:http
  ['H1', 'connecting', 'refused', 'never-sent'],
  ['H1', 'fetch', 'refused', 'never-sent'],
  ['H3', 'connecting', 'refused', 'never-sent'],
  ['H2 H3', 'fresh', 'closed-before-headers', 'maybe-processed'],
  ['H2 H3', 'mid-head', 'closed-before-headers', 'maybe-processed'],
  ['H2 H3', 'reused', 'reused-closed', 'maybe-processed'],
  ['H3', 'sending', 'upload-broken', 'maybe-processed'],
  ['H3 H14 H15', 'handshake', 'tls-handshake', 'never-sent'],
  ['H4 H5 H6 H7 H8 H9', 'fresh', 'bad-response', 'processed'],
  ['H10', 'body', 'body-reset', 'processed'],
  ['H11 H12 H13', 'handshake', 'tls-trust', 'never-sent'],
  ['H16', 'connecting', 'dns', 'never-sent'],
  // node:http2
  ['N1', 'fresh', 'refused-stream', 'declared-unprocessed'],
  ['N1', 'reused', 'refused-stream', 'declared-unprocessed'],
  ['N2 N4', 'fresh', 'h2-reset', 'maybe-processed'],
  ['N3 N5', 'fresh', 'overloaded', 'maybe-processed'],
  ['N3', 'body', 'overloaded', 'processed'],
  ['N1 N2 N4 N6', 'body', 'body-reset', 'processed'],
  ['N7', 'body', 'bad-framing', 'processed'],
  // Bun
  ['B1', 'fetch', 'refused', 'never-sent'],
  ['B2', 'fetch', 'closed-before-headers', 'maybe-processed'],
  ['B2', 'fetch body', 'body-reset', 'processed'],
  ['B3 B4 B7 B16', 'fetch', 'bad-response', 'processed'],
  ['B5', 'fetch body', 'bad-framing', 'processed'],
  ['B6', 'fetch body', 'decode', 'processed'],
  ['B8 B9 B10', 'fetch', 'tls-trust', 'never-sent'],
  ['B11', 'fetch', 'tls-handshake', 'maybe-processed'],
  ['B12', 'fetch', 'dns', 'never-sent'],
  ['B13', 'fetch', 'refused-stream', 'declared-unprocessed'],
  ['B14 B15', 'fetch', 'h2-reset', 'maybe-processed'],
  ['B13 B14 B15', 'fetch body', 'body-reset', 'processed'],
  // Deno: texts alone, which prove nothing
  ['D1 D3', 'fetch', 'refused', 'maybe-processed'],
  ['D2 D4 D19', 'fetch', 'closed-before-headers', 'maybe-processed'],
  ['D5 D6 D7 D8', 'fetch', 'bad-response', 'processed'],
  ['D9', 'fetch body', 'body-reset', 'processed'],
  ['D10 D11 D12', 'fetch body', 'decode', 'processed'],
  ['D13 D14 D15', 'fetch', 'tls-trust', 'maybe-processed'],
  ['D16 D17 D18', 'fetch', 'tls-handshake', 'maybe-processed'],
  ['D20', 'fetch', 'dns', 'maybe-processed'],
  ['D21', 'fetch', 'refused-stream', 'maybe-processed'],
  ['D22 D23 D25 D26 D27 D29', 'fetch', 'h2-reset', 'maybe-processed'],
  ['D24 D28', 'fetch', 'overloaded', 'maybe-processed'],
  // workerd: one text for nearly everything
  ['W1 W2', 'fetch', 'closed-before-headers', 'maybe-processed'],
  ['W1 W2', 'fetch body', 'body-reset', 'processed'],
  ['W3', 'fetch', 'bad-response', 'processed'],
  ['W4 W5', 'fetch body', 'decode', 'processed'],
]

/** The words of RFC 9209 §2.3, assigned by hand. */
const WORDS: Readonly<Partial<Record<FaultKind, string>>> = {
  dns: 'dns_error',
  refused: 'connection_refused',
  'connect-timeout': 'connection_timeout',
  'tls-trust': 'tls_certificate_error',
  'tls-handshake': 'tls_protocol_error',
  'refused-stream': 'connection_terminated',
  'reused-closed': 'connection_terminated',
  'closed-before-headers': 'connection_terminated',
  'upload-broken': 'connection_terminated',
  'h2-reset': 'connection_terminated',
  'headers-timeout': 'http_response_timeout',
  'body-timeout': 'connection_read_timeout',
  'body-reset': 'http_response_incomplete',
  decode: 'http_response_content_coding',
  'bad-response': 'http_protocol_error',
  'bad-framing': 'http_protocol_error',
  overloaded: 'connection_limit_reached',
}

const OF_CONNECTING: readonly FaultKind[] = ['dns', 'refused', 'connect-timeout', 'tls-trust', 'tls-handshake']

function phaseOf(kind: FaultKind, place: Place): string {
  if (place === 'body' || place === 'fetch body') return 'body'
  if (OF_CONNECTING.includes(kind)) return 'connect'
  return place === 'sending' ? 'send' : 'headers'
}

describe('every error that was measured has its kind, phase, word and retry safety', () => {
  const cases = CASES.flatMap(([ids, ...rest]) => ids.split(' ').map((id) => [id, ...rest] as const))

  test.each(cases)('%s, %s: %s, %s', (id, place, kind, retrySafety) => {
    const { code, ...fault } = classifyFault(FACTS[place], errorOf(id))
    expect(fault).toEqual({ kind, phase: phaseOf(kind, place), proxyStatus: WORDS[kind], retrySafety })
    expect(code).toBe(codeOf(errorOf(id)))
  })

  test('no entry of the dictionary is left out', () => {
    expect(DICTIONARY).toHaveLength(141)
    expect([...new Set(cases.map(([id]) => id))].toSorted()).toEqual(DICTIONARY.map(({ id }) => id).toSorted())
  })
})

/** The one code of an entry: none of them has two. */
function codeOf({ code, cause }: Error & { code?: string }): string | undefined {
  return code ?? (cause instanceof Error ? codeOf(cause) : undefined)
}
