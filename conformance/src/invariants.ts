/** A promise of a stream proxy that a trace can test. Ids are permanent: a sharper rule gets a new one. */
export interface Invariant {
  readonly id: string
  readonly level: 'MUST' | 'SHOULD'
  readonly statement: string
  /** What goes wrong for people where it does not hold. One sentence. */
  readonly why: string
  /** Where the rule comes from. */
  readonly source: string
  /** How it is known that its judge can fail, where no mutant fails it alone. */
  readonly proof?: string
}

/** Every invariant that has an id. */
export const INVARIANTS: readonly Invariant[] = [
  {
    id: 'HANG-1',
    level: 'MUST',
    statement:
      'The exchange ends at the client within the grace after a fault, or within limit + grace after a silence began.',
    why: 'A client that waits for good looks to its user like a model that thinks.',
    source: 'Incident reports; client measurements of stalls',
  },
  {
    id: 'HANG-2',
    level: 'MUST',
    statement: 'After the terminal event the framing completes within 1 s.',
    why: 'The official SDKs, Codex, Gemini CLI and the AI SDK read on to the end of the response.',
    source: 'Client measurements',
  },
  {
    id: 'HANG-3',
    level: 'MUST',
    statement: 'A connection set-up that never completes ends within the connect limit + grace.',
    why: 'An upstream that is up for its load balancer and takes no connection would be waited for as long as a slow model.',
    source: 'Incident reports',
  },
  {
    id: 'LIVE-1',
    level: 'SHOULD',
    statement: 'While the upstream is silent the client sees some bytes at least every 15 s (scaled).',
    why: 'Claude Code warns at 15 s, and firewalls cut a connection after 30 s of silence.',
    source: 'Incident reports',
  },
  {
    id: 'RAW-1',
    level: 'MUST',
    statement:
      'Once a response has begun, its HTTP framing completes; the client gets no reset and no cut-off. A cut body that cannot carry an error is exempt.',
    why: 'A destroyed response shows people a raw socket error instead of a sentence.',
    source: 'HypAware report: res.destroy() after headers',
  },
  {
    id: 'RAW-2',
    level: 'MUST',
    statement: "A failure before the response head becomes an HTTP 5xx with a JSON error in the client's dialect.",
    why: 'Before headers, and only there, every SDK retries a 5xx by itself.',
    source: 'Client measurements',
  },
  {
    id: 'LEAK-1',
    level: 'MUST',
    statement: 'What the target adds holds no runtime text, errno, address, path or credential.',
    why: 'People cannot act on "fetch failed", and addresses and keys are nobody else\'s business.',
    source: 'OpenCode #23123; texts collected from Node, Bun, Deno, workerd and Rust',
  },
  {
    id: 'TERM-1',
    level: 'MUST',
    statement: "A stream that began has a terminal event of the client's dialect.",
    why: 'A clean end without one passes for success in several SDKs.',
    source: 'claudish #143; client measurements',
  },
  {
    id: 'TERM-2',
    level: 'MUST',
    statement:
      'There is one terminal event, and the target adds nothing after it. `error` with `response.failed` is one ending.',
    why: 'Several clients report an error that a success terminal follows as success.',
    source: 'Client measurements',
  },
  {
    id: 'SSE-1',
    level: 'MUST',
    statement: 'The body parses as an event stream; all data is JSON; no half event, none glued to injected bytes.',
    why: 'Half an event that is ended by a blank line is a JSON error in the middle of the SDK.',
    source: 'HypAware report: 856 bytes end inside an event',
  },
  {
    id: 'SSE-2',
    level: 'MUST',
    statement:
      "The target keeps the dialect's grammar: one start, no delta outside a block, consistent indexes and numbers.",
    why: 'SDK helpers throw at a second start and lose the text of a block that never began.',
    source: 'Streaming documentation of the dialects; SDK measurements',
  },
  {
    id: 'FMT-1',
    level: 'MUST',
    statement:
      'Nothing is injected into a body that is no event stream of a known dialect, and a cut one is never presented as complete.',
    why: 'An error event inside JSON breaks its parser, and half a file that ends well is taken for the whole.',
    source: 'nginx: proxy_unfinished.t; RFC 9112, 8',
  },
  {
    id: 'PREFIX-1',
    level: 'MUST',
    statement:
      'Every complete event that the upstream sent before the fault reaches the client once, byte for byte and in order.',
    why: 'What was delivered has been paid for, and clients can keep it.',
    source: 'Client measurements; passthrough targets',
  },
  {
    id: 'HONEST-1',
    level: 'MUST',
    statement:
      'There is no success terminal that the upstream did not send; a sentinel alone may follow its stop reasons. A declared policy.truncation is a listed deviation, not a pass.',
    why: 'A synthetic end_turn is reported as success by every client that was measured.',
    source: 'Client measurements; claudish #143',
  },
  {
    id: 'HONEST-2',
    level: 'MUST',
    statement:
      'A tool call that the upstream left open is neither continued, closed, nor followed by a success terminal. No policy waives it.',
    why: 'Tool runners execute truncated calls.',
    source: 'Client measurements',
  },
  {
    id: 'HONEST-3',
    level: 'MUST',
    statement:
      'The target adds nothing to the answer itself: no text, thinking, refusal or part of a tool call that the upstream did not send.',
    why: "An error that is said in the model's words stays in the conversation, and the model reads it as its own.",
    source: 'Passthrough targets; follows from the promise never to pretend',
  },
  {
    id: 'UP-1',
    level: 'MUST',
    statement:
      'A request is not sent again once it may have been processed, unless the trace or a declared policy allows it.',
    why: 'A model call that is made twice is paid for twice, and its tools may run twice.',
    source: 'RFC 9110, 9.2.2',
  },
  {
    id: 'UP-2',
    level: 'MUST',
    statement: 'When the client leaves, the upstream connection is closed within 1 s.',
    why: 'A model that nobody listens to costs money.',
    source: 'Incident reports',
  },
  {
    id: 'UP-3',
    level: 'MUST',
    statement: 'A connection that saw a fault is never used again.',
    why: 'The next answer on it may be the rest of the one before.',
    source: 'RFC 9112, 6.3 and 9.6',
  },
  {
    id: 'UP-4',
    level: 'MUST',
    statement: 'The request body reaches the upstream unchanged.',
    why: 'Prompt caches and signatures depend on the bytes.',
    source: 'Passthrough targets',
  },
  {
    id: 'CONN-1',
    level: 'MUST',
    statement:
      'A kept-alive client connection takes a request up to 1 s before it is closed, and up to its advertised time minus 1 s.',
    why: 'Races for an idle connection are errors that leave no trace in any log.',
    source: 'HypAware report',
  },
  {
    id: 'CONN-2',
    level: 'SHOULD',
    statement: 'No request is lost in the calibrated sweep around the idle close of the listener.',
    why: 'At the edge up to 100 of 1,000 requests were lost.',
    source: 'HypAware report; measured rates',
    proof:
      'A rate: a whole proxy may warn too. Its mutant loses every request late in the idle time; other mutants are not judged by it.',
  },
  {
    id: 'CONN-3',
    level: 'MUST',
    statement:
      'On a client connection that stays open after a failure, what comes next is the response to the next request and nothing else.',
    why: "One caller would read another request's answer.",
    source: 'RFC 9112, 9.3 and 11.2 (response splitting)',
  },
  {
    id: 'ALIVE-1',
    level: 'MUST',
    statement: 'After the trace the process lives and answers a control request on a fresh connection, unchanged.',
    why: 'One broken stream must not take the others with it, and a crash must not count as a pass.',
    source: 'h2spec counted a crash as a pass',
  },
  {
    id: 'ALIVE-2',
    level: 'SHOULD',
    statement:
      'After the repeats of a trace no more upstream connections are open than were in use at the same time, and one to spare.',
    why: 'A socket that leaks per failure ends in a proxy that accepts nothing any more.',
    source: 'Incident reports: descriptors that run out under failures',
  },
  {
    id: 'OUTCOME-1',
    level: 'MUST',
    statement: 'Each exchange ends in one of the ways that the trace allows.',
    why: 'It catches what no other invariant explains.',
    source: 'Conformance suites for HTTP/2 and connect',
  },
]

/**
 * One fault, one red cell: when the first of a pair fails, the second says nothing of its own and is `blocked`.
 * `*` stands for all others.
 */
export const PRECEDENCE: readonly (readonly [failed: string, blocks: readonly string[]])[] = [
  ['ALIVE-1', ['RAW-1', 'RAW-2', 'TERM-1', 'HANG-1', 'HANG-2', 'HANG-3', 'CONN-1', 'FMT-1']],
  ['HANG-2', ['HANG-1']],
  ['HANG-3', ['HANG-1', 'RAW-1', 'RAW-2', 'TERM-1', 'TERM-2', 'SSE-1']],
  ['HANG-1', ['RAW-1', 'RAW-2', 'TERM-1', 'TERM-2', 'SSE-1', 'LIVE-1', 'ALIVE-2']],
  ['RAW-1', ['TERM-1', 'SSE-1']],
  ['RAW-2', ['TERM-1']],
  [
    'CONN-3',
    [
      'SSE-1',
      'SSE-2',
      'PREFIX-1',
      'TERM-1',
      'TERM-2',
      'RAW-1',
      'RAW-2',
      'HONEST-1',
      'HONEST-2',
      'HONEST-3',
      'FMT-1',
      'LEAK-1',
    ],
  ],
  ['UP-3', ['RAW-1', 'RAW-2', 'TERM-1', 'HANG-1', 'SSE-1', 'PREFIX-1', 'HONEST-3']],
  ['SSE-1', ['TERM-1', 'TERM-2', 'SSE-2', 'PREFIX-1', 'HONEST-3']],
  ['UP-1', ['PREFIX-1', 'TERM-2', 'SSE-2', 'HONEST-3']],
  ['TERM-2', ['SSE-2']],
  ['HONEST-1', ['SSE-2']],
  ['HONEST-2', ['SSE-2', 'HONEST-3']],
  ['PREFIX-1', ['SSE-2', 'HONEST-3']],
  ['HONEST-3', ['SSE-2']],
  ['*', ['OUTCOME-1']],
]

/** Looks an invariant up; undefined for an id that the suite does not know, which `lint` refuses. */
export function findInvariant(id: string): Invariant | undefined {
  return INVARIANTS.find((invariant) => invariant.id === id)
}
