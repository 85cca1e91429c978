/** A reference proxy with one thing broken. */
export interface Mutant {
  /** Value of `MUTANT` for mutants/reference-proxy.ts. */
  readonly name: string
  /** What is broken, in words. */
  readonly change: string
  /** The invariants that must fail or warn somewhere, and no other may. */
  readonly fails: readonly string[]
  /** Files of traces that suffice to see all of that; the whole set is played by `stopbit-conformance mutants`. */
  readonly seenIn: readonly string[]
}

const CUT = 'anthropic/rst-mid-sse-856'
const TOOL = 'anthropic/reset-in-tool-call'
const BEFORE = 'anthropic/rst-before-head'
const CHAT = 'openai-chat/rst-mid-stream'
const RESPONSES = 'openai-responses/rst-mid-stream'
const GEMINI = 'gemini/rst-mid-stream'

/** Every judge owes its place here to a mutant that it alone catches. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'destroy-after-headers',
    change: 'res.destroy(error) once the head is out',
    fails: ['RAW-1'],
    seenIn: [CUT, CHAT],
  },
  {
    name: 'error-text-leaked',
    change: "the runtime's error text in the error event",
    fails: ['LEAK-1'],
    seenIn: [CUT, BEFORE],
  },
  { name: 'error-then-destroy', change: 'error event, then destroy', fails: ['RAW-1'], seenIn: [CUT] },
  { name: 'destroy-before-head', change: 'res.destroy() before the head', fails: ['RAW-2'], seenIn: [BEFORE] },
  {
    name: 'bare-end',
    change: 'clean end without a terminal event',
    fails: ['TERM-1'],
    seenIn: [CUT, CHAT, RESPONSES, GEMINI],
  },
  {
    name: 'eof-is-success',
    change: 'an EOF before the terminal passes for the end',
    fails: ['TERM-1'],
    seenIn: ['anthropic/eof-close-delimited'],
  },
  {
    name: 'sentinel-left-out',
    change: 'clean end without the sentinel, where every answer has its stop reason',
    fails: ['TERM-1'],
    seenIn: ['anthropic/cut-after-stop-reason', 'openai-chat/cut-after-finish-reason'],
  },
  { name: 'error-twice', change: 'two error events', fails: ['TERM-2'], seenIn: [CUT, CHAT, GEMINI] },
  {
    name: 'comment-after-terminal',
    change: 'a comment after the terminal event',
    fails: ['TERM-2'],
    seenIn: ['anthropic/complete-crlf', 'openai-chat/complete'],
  },
  {
    name: 'comment-after-error',
    change: 'a comment after the error event',
    fails: ['TERM-2'],
    seenIn: [CUT, GEMINI],
  },
  {
    name: 'error-then-success',
    change: 'error event, then the success terminal: message_stop, [DONE], response.completed, STOP',
    fails: ['TERM-2', 'HONEST-1', 'HONEST-2'],
    seenIn: [CUT, TOOL, CHAT, RESPONSES, GEMINI],
  },
  {
    name: 'success-invented',
    change: 'end_turn, stop, response.completed or STOP instead of an error',
    fails: ['HONEST-1', 'HONEST-2'],
    seenIn: [CUT, TOOL, CHAT, RESPONSES, GEMINI],
  },
  {
    name: 'done-after-one-choice',
    change: '[DONE] as soon as one of the choices has its finish reason',
    fails: ['HONEST-1'],
    seenIn: ['openai-chat/cut-after-one-of-two-choices'],
  },
  {
    name: 'tool-call-closed',
    change: 'closes the open tool call, then the error event',
    fails: ['HONEST-2'],
    seenIn: [TOOL, 'openai-responses/cut-in-arguments'],
  },
  {
    name: 'whole-tool-call-closed',
    change: 'closes the open tool call where its arguments happen to be whole',
    fails: ['HONEST-2'],
    seenIn: ['anthropic/eof-after-whole-tool-json'],
  },
  {
    name: 'tool-call-continued',
    change: 'completes the arguments of the open tool call',
    fails: ['HONEST-2'],
    seenIn: [TOOL, 'openai-chat/cut-in-tool-call', 'openai-responses/cut-in-arguments'],
  },
  {
    name: 'bytes-at-once',
    change: 'half an event is passed on, then the error event',
    fails: ['SSE-1'],
    seenIn: [CUT, CHAT, RESPONSES, GEMINI],
  },
  {
    name: 'error-as-words',
    change: "what happened in the model's words, then the error event",
    fails: ['HONEST-3'],
    seenIn: [CUT, CHAT, RESPONSES, GEMINI],
  },
  {
    name: 'grammar-broken',
    change: "a second start, another dialect's event or a named one where none is read, then the error event",
    fails: ['SSE-2'],
    seenIn: ['anthropic/cut-between-blocks', CHAT, RESPONSES, GEMINI],
  },
  {
    name: 'sequence-restarts',
    change: "the error event's sequence_number begins at 0 again",
    fails: ['SSE-2'],
    seenIn: [RESPONSES],
  },
  {
    name: 'error-in-json',
    change: 'an error event in a JSON body that was cut',
    fails: ['FMT-1'],
    seenIn: ['openai-chat/rst-in-json'],
  },
  {
    name: 'cut-json-ended',
    change: 'a JSON body that was cut is ended as if it were whole',
    fails: ['FMT-1', 'OUTCOME-1'],
    seenIn: ['openai-chat/rst-in-json', 'transport/json-cut'],
  },
  {
    name: 'error-in-opaque',
    change: 'an error event in a stream of an unknown kind',
    fails: ['FMT-1'],
    seenIn: ['opaque/rst-mid-stream'],
  },
  {
    name: 'cut-opaque-ended',
    change: 'a cut stream of an unknown kind is ended as if it were whole',
    fails: ['FMT-1'],
    seenIn: ['opaque/rst-mid-stream'],
  },
  {
    name: 'upstream-error-rewritten',
    change: "the upstream's error body becomes one of the proxy's own",
    fails: ['FMT-1'],
    seenIn: ['h2/early-answer', 'transport/early-413'],
  },
  {
    name: 'extra-bytes-kept',
    change: 'bytes behind an answer go out ahead of the next one',
    fails: ['FMT-1'],
    seenIn: ['transport/extra-bytes-after-answer'],
  },
  {
    name: 'array-closed',
    change: 'a JSON array that was cut is closed behind its last whole element',
    fails: ['FMT-1'],
    seenIn: ['gemini/array-in-text'],
  },
  {
    name: 'event-repeated',
    change: 'the last whole event a second time, then the error event',
    fails: ['PREFIX-1'],
    seenIn: [CUT, CHAT, RESPONSES, GEMINI],
  },
  {
    name: 'line-ends-changed',
    change: 'CRLF becomes LF',
    fails: ['PREFIX-1'],
    seenIn: ['anthropic/complete-crlf', 'gemini/complete'],
  },
  {
    name: 'swallow-error',
    change: 'the error is swallowed, the stream never ends',
    fails: ['HANG-1'],
    seenIn: [CUT, CHAT],
  },
  {
    name: 'swallow-before-head',
    change: 'as before, ahead of the head',
    fails: ['HANG-1', 'HANG-3'],
    seenIn: [BEFORE, 'anthropic/connect-never-completes'],
  },
  {
    name: 'error-left-open',
    change: 'error event, and the response stays open',
    fails: ['HANG-1', 'HANG-2'],
    seenIn: [CUT, GEMINI],
  },
  {
    name: 'waits-for-upstream-end',
    change: 'after the terminal event the response waits for the upstream to end',
    fails: ['HANG-2'],
    seenIn: ['anthropic/stop-and-left-open'],
  },
  {
    name: 'no-connect-timer',
    change: 'a connection that is never made, or whose handshake stalls, is waited for',
    fails: ['HANG-3'],
    seenIn: ['anthropic/connect-never-completes', 'tls/handshake'],
  },
  { name: 'end-late', change: 'the error event comes 9 s late', fails: ['HANG-1'], seenIn: [CUT] },
  {
    name: 'no-idle-timer',
    change: 'silence of the upstream is not bounded',
    fails: ['HANG-1'],
    seenIn: ['anthropic/silent-stall'],
  },
  {
    name: 'no-heartbeat',
    change: 'nothing is sent into silence',
    fails: ['LIVE-1'],
    seenIn: ['anthropic/silent-stall'],
  },
  {
    name: 'retry-after-read',
    change: 'a request that was read is sent again when its connection dies',
    fails: ['UP-1'],
    seenIn: [BEFORE],
  },
  {
    name: 'upstream-kept',
    change: 'the upstream goes on after the client left',
    fails: ['UP-2'],
    seenIn: ['anthropic/client-leaves'],
  },
  {
    name: 'fault-connection-reused',
    change: 'the next request goes out on the connection of a stream that fell silent',
    fails: ['UP-3'],
    seenIn: ['openai-chat/next-request-after-stall'],
  },
  {
    name: 'body-changed',
    change: 'the request body is formatted anew',
    fails: ['UP-4'],
    seenIn: ['anthropic/complete-crlf', 'openai-chat/complete-json'],
  },
  {
    name: 'keepalive-hint-lies',
    change: 'advertises 30 s, closes after 0.7 s',
    fails: ['CONN-1'],
    seenIn: ['listener/keepalive-idle-close-race'],
  },
  {
    name: 'late-request-lost',
    change: 'a request late in the idle time of its connection gets no answer',
    fails: ['CONN-2'],
    seenIn: ['listener/keepalive-idle-close-race'],
  },
  {
    name: 'leftover-in-next',
    change: 'the held bytes of a failed stream go out ahead of the next response on the connection',
    fails: ['CONN-3'],
    seenIn: ['openai-chat/next-request-after-cut'],
  },
  { name: 'exit-on-error', change: 'the process ends at an upstream error', fails: ['ALIVE-1'], seenIn: [CUT, BEFORE] },
  {
    name: 'upstream-socket-leaked',
    change: 'the connection of a stream that fell silent is left open',
    fails: ['ALIVE-2'],
    seenIn: ['openai-chat/repeated-stalls'],
  },
  {
    name: 'json-refused',
    change: 'a healthy JSON answer becomes a 502',
    fails: ['OUTCOME-1'],
    seenIn: ['openai-chat/complete-json'],
  },
]
