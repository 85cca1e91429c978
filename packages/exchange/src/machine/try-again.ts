import type { ClockName } from '../clocks.ts'
import type { Head, HeldBody } from '../phase.ts'
import type { Failure } from '../retry-policy.ts'
import type { Core } from './core.ts'

/** The clocks that judge an answer: they start anew with the next attempt's. */
const ANSWER_CLOCKS: readonly ClockName[] = [
  'idle',
  'stallWarn',
  'progress',
  'commitAfter',
  'openingHold',
  'finishGrace',
]

/**
 * An attempt has failed: sends the request again, now or after a back-off, if the policy allows it and no event of an answer
 * went out. What the attempt had brought is dropped, so that nothing is ever spliced.
 *
 * @returns whether there is another attempt; if not, the failure is the client's to hear.
 */
export function tryAgain(core: Core, failure: Failure): boolean {
  const { phase, clocks, attempts } = core
  const isAsking = phase.phase === 'asking' && phase.step === 'sent'
  const isHolding = phase.phase === 'holding'
  if (!isAsking && !isHolding) return false
  core.record.attemptFailed(failure)
  if (isHolding && hasAnswer(phase.body, phase.response)) return false
  const delayMs = attempts.tryAgain(failure, core.headersDeadline)
  if (delayMs === undefined) return false
  for (const name of ANSWER_CLOCKS) clocks.stop(name)
  clocks.start('headers', core.headersDeadline - clocks.now)
  core.memory.holdAnswer(0)
  // What was seen of it is forgotten, but not the dialect that it has shown.
  if (core.finalizer !== undefined) core.finalizer = core.createFinalizer(core.framing)
  core.phase = { phase: 'asking', step: 'backing-off', head: phase.head }
  if (delayMs === 0) sendAgain(core)
  else clocks.start('retry', delayMs)
  return true
}

/** The back-off is over. */
export function sendAgain(core: Core): void {
  const { phase } = core
  if (phase.phase !== 'asking' || phase.step !== 'backing-off') return
  core.phase = { ...phase, step: 'sent' }
  core.attempts.send()
  releaseIfLast(core)
}

/** Lets the kept request go as soon as it is certain that it will not be sent again. */
export function releaseIfLast(core: Core): void {
  if (core.attempts.isLast(core.phase.phase !== 'asking')) core.releaseRequest()
}

/** Whether a body that is held has brought a part of the answer: asking again would throw it away. An error's head is one. */
function hasAnswer(body: HeldBody, { status }: Head): boolean {
  return body.kind === 'json' && (body.byteLength > 0 || status >= 400)
}
