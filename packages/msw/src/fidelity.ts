import { expandTrace, type Trace } from '@stopbit/traces'
import { DIFFERENCES, IMPOSSIBILITIES, type Difference, type Impossibility } from './differences.ts'
import { planReplay } from './plan-replay.ts'

/**
 * How true a replay is to its trace. `exact`: status, header fields, body bytes, their order and the kind of end are those of the
 * wire. `approximated`: they are but for `differences`. `impossible`: `replay()` refuses the trace.
 */
export type ReplayFidelity =
  | { readonly fidelity: 'exact' }
  | { readonly fidelity: 'approximated'; readonly differences: readonly Difference[] }
  | { readonly fidelity: 'impossible'; readonly why: Impossibility }

/** How true a replay of the trace is: of all its permutations, when it has several. Never throws for a sound trace. */
export function fidelityOf(trace: Trace): ReplayFidelity {
  const why = impossibilityOf(trace)
  if (why !== undefined) return { fidelity: 'impossible', why }
  const permutations = expandTrace(trace).map((permutation) => permutation.trace)
  // Cuts differ in where they come, not in what they are.
  const samples = trace.cuts === undefined ? permutations : permutations.slice(0, 1)
  const differences = new Set(samples.flatMap((sample) => planReplay(sample).differences))
  if (differences.size === 0) return { fidelity: 'exact' }
  const names = Object.keys(DIFFERENCES) as Difference[]
  return { fidelity: 'approximated', differences: names.filter((name) => differences.has(name)) }
}

/** The reason why no replay of a trace would mean anything, undefined when there is none. */
export function impossibilityOf(trace: Trace): Impossibility | undefined {
  if (trace.sweep !== undefined || trace.calibrate !== undefined) return 'listener'
  if (trace.client.some((step) => step.do === 'half-close')) return 'half-close'
  const steps = trace.upstream.connections.flatMap(({ script }) => script)
  if (steps.some((step) => step.do === 'h2-window-zero' || step.do === 'h2-ping-flood')) return 'http2-frames'
  return undefined
}

/** The texts of a fidelity, for people. */
export function describeFidelity(fidelity: ReplayFidelity): string[] {
  switch (fidelity.fidelity) {
    case 'exact':
      return []
    case 'approximated':
      return fidelity.differences.map((difference) => DIFFERENCES[difference])
    case 'impossible':
      return [IMPOSSIBILITIES[fidelity.why]]
    default:
      return fidelity satisfies never
  }
}
