import { effectiveLimits, isFaultStep } from '@stopbit/traces'
import type { Stage } from '../run/stage.ts'

/** Whether what the trace is about took place. A verdict without it would be a guess. */
export type Attestation =
  | { readonly state: 'held' }
  /** The target ended the exchange before the fault, as the trace allows. */
  | { readonly state: 'preempted' }
  /** It did so without leave: what it did wrong counts, what it did right proves nothing. */
  | { readonly state: 'ended-early'; readonly because: string }
  /** The harness failed to produce the fault: nothing counts. */
  | { readonly state: 'missing'; readonly because: string }

/** Reads from the records whether the fault happened and its barriers held. A harness that was broken on purpose proves nothing. */
export function attest(stage: Stage): Attestation {
  const read = readAttestation(stage)
  const { sabotage } = stage
  if (sabotage === undefined || read.state === 'missing') return read
  return { state: 'missing', because: `the harness has ${sabotage}, and found nothing here to break` }
}

function readAttestation(stage: Stage): Attestation {
  const { trace, fault, barriers, exchanges } = stage
  const early = barriers.find(({ held, clientHadEnded }) => !held && clientHadEnded)
  const unheld = barriers.find(({ held, clientHadEnded }) => !held && !clientHadEnded)
  if (fault.state === 'skipped') return { state: 'missing', because: 'the fault step was left out' }
  const falsehood = wireFalsehood(stage)
  if (falsehood !== undefined) return { state: 'missing', because: falsehood }
  if (unheld !== undefined) return { state: 'missing', because: `the barrier ${unheld.until} did not hold in time` }
  const needsFault = trace.tags?.includes('control') !== true
  if (early === undefined && (fault.state === 'ran' || !needsFault)) return { state: 'held' }
  if (exchanges.length === 0) return { state: 'missing', because: 'no request was sent' }
  if (mayPreempt(stage)) return { state: 'preempted' }
  return { state: 'ended-early', because: `the exchange was over before the fault (${exchanges.at(-1)?.ending.kind})` }
}

/** Where what was done to the sockets is not what the script says. */
function wireFalsehood({ trace, connections, fault: played }: Stage): string | undefined {
  const short = connections.find(({ writtenBytes, playedBytes }) => writtenBytes < playedBytes)
  if (short !== undefined)
    return `${short.writtenBytes} bytes were written of ${short.playedBytes} that the script sent`
  const fault = trace.upstream.connections.flatMap(({ script }) => script).find(isFaultStep)
  if (played.state !== 'ran' || (fault?.do !== 'rst' && fault?.do !== 'fin')) return undefined
  const other = connections.find(({ faultAt, endedBy }) => faultAt !== undefined && endedBy !== fault.do)
  return other === undefined
    ? undefined
    : `the connection was ended by ${other.endedBy ?? 'nothing'}, not by ${fault.do}`
}

function mayPreempt({ trace }: Stage): boolean {
  const rule = trace.expect.mayPreempt
  return rule !== undefined && (effectiveLimits(trace.limits)[rule.limit] ?? Infinity) < rule.belowMs
}
