/** A reference proxy with one thing broken. */
export interface Mutant {
  /** Value of `MUTANT` for mutants/reference-proxy.ts. */
  readonly name: string
  /** What is broken, in words. */
  readonly change: string
  /** The invariants that must fail or warn somewhere, and no other may. */
  readonly fails: readonly string[]
}

/** Every judge owes its place here to a mutant that it alone catches; OUTCOME-1 and CONN-2 have none (a net, and a rate). */
export const MUTANTS: readonly Mutant[] = [
  { name: 'destroy-after-headers', change: 'res.destroy(error) once the head is out', fails: ['RAW-1'] },
  { name: 'error-text-leaked', change: "the runtime's error text in the error event", fails: ['LEAK-1'] },
  { name: 'error-then-destroy', change: 'error event, then destroy', fails: ['RAW-1'] },
  { name: 'destroy-before-head', change: 'res.destroy() before the head', fails: ['RAW-2'] },
  { name: 'bare-end', change: 'clean end without a terminal event', fails: ['TERM-1'] },
  { name: 'eof-is-success', change: 'an EOF before the terminal passes for the end', fails: ['TERM-1'] },
  { name: 'error-twice', change: 'two error events', fails: ['TERM-2'] },
  { name: 'comment-after-terminal', change: 'a comment after message_stop', fails: ['TERM-2'] },
  { name: 'error-then-stop', change: 'error event, then message_stop', fails: ['TERM-2', 'HONEST-1', 'HONEST-2'] },
  {
    name: 'synthetic-end-turn',
    change: 'end_turn and message_stop instead of an error',
    fails: ['HONEST-1', 'HONEST-2'],
  },
  { name: 'tool-call-closed', change: 'closes the open tool call, then the error event', fails: ['HONEST-2'] },
  {
    name: 'whole-tool-call-closed',
    change: 'closes the open tool call where its arguments happen to be whole',
    fails: ['HONEST-2'],
  },
  { name: 'tool-call-continued', change: 'completes the arguments of the open tool call', fails: ['HONEST-2'] },
  { name: 'bytes-at-once', change: 'half an event is passed on, then the error event', fails: ['SSE-1'] },
  { name: 'line-ends-changed', change: 'CRLF becomes LF', fails: ['PREFIX-1'] },
  { name: 'swallow-error', change: 'the error is swallowed, the stream never ends', fails: ['HANG-1'] },
  { name: 'swallow-before-head', change: 'as before, ahead of the head', fails: ['HANG-1', 'HANG-3'] },
  { name: 'error-left-open', change: 'error event, and the response stays open', fails: ['HANG-2'] },
  {
    name: 'waits-for-upstream-end',
    change: 'after the terminal event the response waits for the upstream to end',
    fails: ['HANG-2'],
  },
  { name: 'no-connect-timer', change: 'a connection that is never made is waited for', fails: ['HANG-3'] },
  { name: 'end-late', change: 'the error event comes 9 s late', fails: ['HANG-1'] },
  { name: 'no-idle-timer', change: 'silence of the upstream is not bounded', fails: ['HANG-1'] },
  { name: 'no-heartbeat', change: 'nothing is sent into silence', fails: ['LIVE-1'] },
  { name: 'retry-after-read', change: 'a request that was read is sent again', fails: ['UP-1'] },
  { name: 'upstream-kept', change: 'the upstream goes on after the client left', fails: ['UP-2'] },
  { name: 'body-changed', change: 'the request body is formatted anew', fails: ['UP-4'] },
  { name: 'keepalive-hint-lies', change: 'advertises 30 s, closes after 0.7 s', fails: ['CONN-1'] },
  { name: 'exit-on-error', change: 'the process ends at an upstream error', fails: ['ALIVE-1'] },
]
