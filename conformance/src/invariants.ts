/** A promise of a stream proxy that a trace can test. Ids are permanent: a sharper rule gets a new one. */
export interface Invariant {
  readonly id: string
  readonly level: 'MUST' | 'SHOULD'
  readonly statement: string
  /** Where the rule comes from. */
  readonly source: string
}

/** Every invariant that has an id. One without a judge is `not-tested`, never a pass. */
export const INVARIANTS: readonly Invariant[] = [
  {
    id: 'HANG-1',
    level: 'MUST',
    statement:
      'The exchange ends at the client within the grace after a fault, or within limit + grace after a silence began.',
    source: 'Incident reports: clients left waiting for good; client measurements of stalls',
  },
  {
    id: 'HANG-2',
    level: 'MUST',
    statement: 'After the terminal event the framing completes within 1 s.',
    source:
      'Client measurements: after the terminal event Codex, Gemini CLI and the AI SDK wait for the end of the response',
  },
  {
    id: 'HANG-3',
    level: 'MUST',
    statement: 'A connection set-up that never completes ends within the connect limit + grace.',
    source: 'Incident reports: an upstream that is up for its load balancer and takes no connection',
  },
  {
    id: 'LIVE-1',
    level: 'SHOULD',
    statement: 'While the upstream is silent the client sees some bytes at least every 15 s (scaled).',
    source: 'Claude Code warns at 15 s; firewalls cut after 30 s of silence',
  },
  {
    id: 'RAW-1',
    level: 'MUST',
    statement: 'Once a response has begun, its HTTP framing completes; the client gets no reset and no cut-off.',
    source: 'HypAware report: res.destroy() after headers shows clients a raw socket error',
  },
  {
    id: 'RAW-2',
    level: 'MUST',
    statement: "A failure before the response head becomes an HTTP 5xx with a JSON error in the client's dialect.",
    source: 'Before headers, and only there, every SDK retries a 5xx',
  },
  {
    id: 'LEAK-1',
    level: 'MUST',
    statement: 'What the target adds holds no runtime text, errno, address, path or credential.',
    source: 'OpenCode #23123: raw fetch text reached the user; texts collected from Node, Bun, Deno, workerd and Rust',
  },
  {
    id: 'TERM-1',
    level: 'MUST',
    statement: "A stream that began has a terminal event of the client's dialect.",
    source: 'claudish #143; a clean end without one passes for success in several SDKs',
  },
  {
    id: 'TERM-2',
    level: 'MUST',
    statement: 'There is one terminal event and nothing after it.',
    source: 'An error followed by a success terminal is reported as success by several clients',
  },
  {
    id: 'SSE-1',
    level: 'MUST',
    statement: 'The body parses as an event stream; all data is JSON; no half event, none glued to injected bytes.',
    source: 'HypAware report: 856 bytes end inside an event',
  },
  {
    id: 'PREFIX-1',
    level: 'MUST',
    statement:
      'Every complete event that the upstream sent before the fault reaches the client, byte for byte and in order.',
    source: 'Delivered content must not be lost',
  },
  {
    id: 'HONEST-1',
    level: 'MUST',
    statement:
      'There is no success terminal that the upstream did not send; a sentinel alone may follow its stop reason.',
    source: 'Client measurements: a synthetic end_turn is always reported as success',
  },
  {
    id: 'HONEST-2',
    level: 'MUST',
    statement:
      'A tool call that the upstream left open is neither continued, closed, nor followed by a success terminal.',
    source: 'Client measurements: tool runners execute truncated calls',
  },
  {
    id: 'UP-1',
    level: 'MUST',
    statement:
      'A request is not sent again once it may have been processed, unless the trace or a declared policy allows it.',
    source: 'RFC 9110, 9.2.2',
  },
  {
    id: 'UP-2',
    level: 'MUST',
    statement: 'When the client leaves, the upstream connection is closed within 1 s.',
    source: 'A model that nobody listens to costs money',
  },
  {
    id: 'UP-4',
    level: 'MUST',
    statement: 'The request body reaches the upstream unchanged.',
    source: 'Pass-through targets',
  },
  {
    id: 'CONN-1',
    level: 'MUST',
    statement:
      'A kept-alive client connection takes a request up to 1 s before it is closed, and up to its advertised time minus 1 s.',
    source: 'HypAware report: keep-alive races that leave no trace',
  },
  {
    id: 'CONN-2',
    level: 'SHOULD',
    statement: 'No request is lost in the calibrated sweep around the idle close of the listener.',
    source: 'HypAware report; measured rates of up to 100 per 1,000 at the edge',
  },
  {
    id: 'ALIVE-1',
    level: 'MUST',
    statement: 'After the trace the process lives and answers a control request on a fresh connection, unchanged.',
    source: 'h2spec counted a crash as a pass',
  },
  {
    id: 'OUTCOME-1',
    level: 'MUST',
    statement: 'Each exchange ends in one of the ways that the trace allows.',
    source: 'Catches what no other invariant explains',
  },
  {
    id: 'SSE-2',
    level: 'MUST',
    statement: "The dialect's grammar holds.",
    source: 'Streaming documentation of the dialects',
  },
  {
    id: 'FMT-1',
    level: 'MUST',
    statement: 'Nothing is injected into a body that is no event stream.',
    source: 'nginx: proxy_unfinished.t',
  },
  {
    id: 'UP-3',
    level: 'MUST',
    statement: 'A connection that saw a fault is never used again.',
    source: 'Pool hygiene',
  },
  {
    id: 'CONN-3',
    level: 'MUST',
    statement: 'On a connection that stays open after a failure, the next response belongs to the next request.',
    source: 'Response splitting',
  },
  { id: 'ALIVE-2', level: 'SHOULD', statement: '50 repeats leave sockets at the baseline.', source: 'Leaks' },
]

/**
 * One fault, one red cell: when the first of a pair fails, the second says nothing of its own and is `blocked`.
 * `*` stands for all others.
 */
export const PRECEDENCE: readonly (readonly [failed: string, blocks: readonly string[]])[] = [
  ['ALIVE-1', ['RAW-1', 'RAW-2', 'TERM-1', 'HANG-1', 'HANG-2', 'HANG-3', 'CONN-1']],
  ['HANG-2', ['HANG-1']],
  ['HANG-3', ['HANG-1', 'RAW-1', 'RAW-2', 'TERM-1', 'TERM-2', 'SSE-1']],
  ['HANG-1', ['RAW-1', 'RAW-2', 'TERM-1', 'TERM-2', 'SSE-1', 'LIVE-1']],
  ['RAW-1', ['TERM-1', 'SSE-1']],
  ['RAW-2', ['TERM-1']],
  ['SSE-1', ['TERM-1', 'TERM-2']],
  ['UP-1', ['PREFIX-1', 'TERM-2']],
  ['*', ['OUTCOME-1']],
]

/** Looks an invariant up; undefined for an id that the suite does not know, which `lint` refuses. */
export function findInvariant(id: string): Invariant | undefined {
  return INVARIANTS.find((invariant) => invariant.id === id)
}
