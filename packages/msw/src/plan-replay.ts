import { isFaultStep, resolveSend, type SendStep, type Trace, type UpstreamStep } from '@stopbit/traces'
import { AnswerBuilder } from './answer-builder.ts'
import type { Difference } from './differences.ts'
import type { PlannedAnswer, ReplayPlan } from './planned-answer.ts'

/** A plan, and what it says in another way than the trace. */
export interface PlannedReplay extends ReplayPlan {
  readonly differences: readonly Difference[]
}

/** Turns the upstream's scripts into answers, one per request. Needs a trace without `variants` and `cuts`, such as a permutation. */
export function planReplay(trace: Trace): PlannedReplay {
  const { connections, http = '1.1', tls } = trace.upstream
  const differences = new Set<Difference>()
  if (tls === true) differences.add('tls')
  if (http === '2') differences.add('http2')
  if (connections.length > 1) differences.add('no-connections')
  if (trace.client.some(({ do: step }) => CLIENTS_OWN.has(step))) differences.add('client-fault')
  const answers: PlannedAnswer[] = []
  let repeats = 0
  for (const { script, reuse } of connections) {
    const planned = planConnection(script, http, (difference) => differences.add(difference))
    if (planned.answers.length > 1) differences.add('no-connections')
    answers.push(...planned.answers)
    repeats = reuse === 'any' || planned.loops ? planned.answers.length : 0
  }
  return { answers, repeats, differences: [...differences] }
}

/** Steps of the client's script that a test has to play itself. */
const CLIENTS_OWN = new Set(['abort', 'pause-read', 'resume-read', 'half-close'])

/** Longer than this it would be no plan. A script that is left ends when the client does. */
const MAX_ANSWERS = 100

function planConnection(
  script: readonly UpstreamStep[],
  http: '1.1' | '2',
  note: (difference: Difference) => void,
): { readonly answers: PlannedAnswer[]; readonly loops: boolean } {
  const builders: AnswerBuilder[] = []
  let loops = false
  let current = new AnswerBuilder(http, note)
  for (const step of script) {
    if (step.do === 'read-request') {
      if (builders.length >= MAX_ANSWERS) break
      if (builders.length > 0) current = new AnswerBuilder(http, note)
      builders.push(current)
    } else if (step.do === 'loop') loops = true
    else planStep(step, current, note)
  }
  if (script[0]?.do === 'stall' || script[0]?.do === 'accept') note('connecting')
  if (builders.length === 0) builders.push(current) // what ends the connection before a request
  return { answers: builders.map((builder) => builder.build()), loops }
}

function planStep(step: UpstreamStep, answer: AnswerBuilder, note: (difference: Difference) => void): void {
  switch (step.do) {
    case 'send':
      return planSend(step, answer)
    case 'chunk-header':
      if (step.ext !== undefined) note('chunk-fields')
      return isFaultStep(step) ? answer.break('connection-end') : undefined
    case 'chunk-end':
      if (step.trailers !== undefined) note('chunk-fields')
      return answer.endBody()
    case 'accept':
      return answer.wait({ scaledMs: step.delayMs })
    case 'wait':
      return answer.wait(step.scale === false ? { fixedMs: step.ms } : { scaledMs: step.ms })
    case 'barrier':
      return answer.wait({ barriers: 1 })
    case 'fin':
    case 'truncate':
      return answer.fin()
    case 'rst':
    case 'refuse':
    case 'h2-rst-stream':
    case 'h2-raw':
      return answer.break('connection-end')
    case 'tls':
      return step.how === 'handshake-stall' ? answer.stall() : answer.break('tls')
    case 'h2-goaway':
      return isFaultStep(step) ? answer.break('connection-end') : note('after-answer')
    case 'stall':
    case 'expect-abort':
      return answer.stall()
    case 'pause-read':
    case 'resume-read':
      return note('upload')
    case 'read-request':
    case 'loop':
      return undefined
    case 'h2-window-zero':
    case 'h2-ping-flood':
    case 'variant':
      throw new TypeError(`Cannot plan the step "${step.do}"`)
    default:
      return step satisfies never
  }
}

function planSend(step: SendStep, answer: AnswerBuilder): void {
  const { payload, parts } = resolveSend(step)
  if (step.as === 'head') return answer.addHead(payload)
  if (step.as === 'wire') return answer.addWire(payload, isFaultStep(step))
  for (const [index, part] of parts.entries()) {
    if (index > 0 && step.everyMs !== undefined) answer.wait({ scaledMs: step.everyMs })
    answer.addBody(part)
  }
}
