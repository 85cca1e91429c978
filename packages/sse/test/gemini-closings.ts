import { createFault, FAULTS, type FaultKind } from '@stopbit/faults'
import type { EndingPolicy, Framing } from '../src/dialects/dialect.ts'
import { gemini } from '../src/dialects/gemini/index.ts'
import { createFinalizer } from '../src/finalizer/create-finalizer.ts'
import type { Finalizer } from '../src/finalizer/finalizer.ts'

export type Json = Readonly<Record<string, unknown>>

/** What is known of the request, its framing, and what a cut is to end with. */
export interface Setting {
  readonly choiceCount?: number | undefined
  readonly framing?: Framing
  readonly policy?: EndingPolicy
}

/** A chunk with one candidate. */
export function candidate(parts: readonly Json[], more: Json = {}): Json {
  return { candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }] }
}

export const TEXT = candidate([{ text: 'Hi' }])
export const STOP = candidate([{ text: '' }], { finishReason: 'STOP' })
export const SECOND = candidate([{ text: 'Ho' }], { index: 1 })

/** A finalizer that these chunks have gone through, and what it has let out. */
export function finalizerOf(
  units: readonly (Json | string)[],
  { choiceCount, framing, policy }: Setting = { choiceCount: 1 },
) {
  const request = choiceCount === undefined ? {} : { choiceCount }
  const finalizer = createFinalizer({ dialect: gemini, framing, request, requestId: 'req_1', ending: policy })
  let sent = ''
  for (const unit of units) {
    const text = typeof unit === 'string' ? unit : `data: ${JSON.stringify(unit)}\r\n\r\n`
    finalizer.push(new TextEncoder().encode(text), (bytes) => (sent += new TextDecoder().decode(bytes)))
  }
  return { finalizer, sent: () => sent }
}

/** What a fault makes of the stream. */
export function closingOf(finalizer: Finalizer, kind: FaultKind | undefined = 'body-reset') {
  const { ending, bytes } = finalizer.end(createFault(kind))
  return { ending, text: new TextDecoder().decode(bytes) }
}

/** What a clean end makes of the stream. */
export function endCleanly(finalizer: Finalizer) {
  const { ending, bytes } = finalizer.end()
  return { ending, text: new TextDecoder().decode(bytes) }
}

/** What a reset is told as. */
const SENTENCE = FAULTS['body-reset'].sentence
export const ERROR = `{"error":{"code":503,"message":"${SENTENCE}","status":"UNAVAILABLE"}}`
