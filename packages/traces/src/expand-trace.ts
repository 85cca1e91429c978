import { isFaultStep } from './fault-step.ts'
import { isBodySend, resolveSend } from './resolve-send.ts'
import type { Cuts, Trace, UpstreamStep, Variant } from './trace.ts'

/** Each cut is a trace of its own. */
const MAX_CUT_BYTES = 16 * 1024

/** One way in which a trace is played: a trace without `variants` and `cuts`, under the id of the permutation. */
export interface Permutation {
  readonly trace: Trace
  /** Id of the trace that it comes from. */
  readonly base: string
}

/**
 * All permutations of a trace, in the order of the file; a plain trace is its own only one. Check sums are left out where a
 * permutation sends other bytes. Throws a `RangeError` for cuts beyond the body, or of one over 16 KiB, which lint reports earlier.
 */
export function expandTrace(trace: Trace): readonly Permutation[] {
  if (trace.variants !== undefined) return expandVariants(trace, trace.variants.param, trace.variants.values)
  if (trace.cuts !== undefined) return expandCuts(trace, trace.cuts)
  return [{ trace, base: trace.id }]
}

/** `anthropic/cut-in-text`, `ending`, `rst` → `anthropic/cut-in-text/ending:rst` */
export function permutationId(base: string, param: string, value: string | number): string {
  return `${base}/${param}:${value}`
}

function expandVariants(
  { variants: _variants, check: _check, ...trace }: Trace,
  param: string,
  values: Readonly<Record<string, Variant>>,
): Permutation[] {
  return Object.entries(values).map(([value, { steps, limits, expect }]) => ({
    base: trace.id,
    trace: {
      ...trace,
      id: permutationId(trace.id, param, value),
      ...(limits === undefined ? {} : { limits: { ...trace.limits, ...limits } }),
      upstream: mapScripts(trace.upstream, (script) =>
        script.flatMap((step) => (step.do === 'variant' ? steps : [step])),
      ),
      expect: { ...trace.expect, ...expect },
    },
  }))
}

function expandCuts({ cuts: _cuts, check: _check, ...trace }: Trace, { from, to, step = 1 }: Cuts): Permutation[] {
  const length = bodyLength(trace)
  const last = to ?? length - 1
  if (length > MAX_CUT_BYTES)
    throw new RangeError(`Cannot cut ${trace.id}: its body has ${length} bytes, at most ${MAX_CUT_BYTES} can be cut`)
  if (last < from || last >= length) throw new RangeError(`Cannot cut ${trace.id} at byte ${last}`)
  return Array.from({ length: Math.floor((last - from) / step) + 1 }, (_, index) => {
    const at = from + index * step
    return { base: trace.id, trace: cutTrace(trace, at) }
  })
}

function cutTrace(trace: Trace, at: number): Trace {
  let left = at
  const upstream = mapScripts(trace.upstream, (script) => {
    if (!script.some(isFaultStep)) return script
    const fault = script.findIndex(isFaultStep)
    const kept = script.slice(0, fault).flatMap((step): UpstreamStep[] => {
      if (!isBodySend(step)) return left === 0 && isPause(step) ? [] : [step]
      const size = Math.min(left, resolveSend(step).payload.length)
      left -= size
      return size === 0 ? [] : [{ ...step, truncateTo: size }]
    })
    return [...kept, ...script.slice(fault)]
  })
  return { ...trace, id: permutationId(trace.id, 'cutAt', at), upstream }
}

/** What only spaces sends out has no place after the last one; a barrier has: the fault waits for it. */
function isPause(step: UpstreamStep): boolean {
  return step.do === 'wait'
}

function bodyLength(trace: Trace): number {
  const script = trace.upstream.connections.find((connection) => connection.script.some(isFaultStep))?.script ?? []
  return script
    .slice(0, script.findIndex(isFaultStep))
    .filter(isBodySend)
    .reduce((total, step) => total + resolveSend(step).payload.length, 0)
}

function mapScripts(
  upstream: Trace['upstream'],
  change: (script: readonly UpstreamStep[]) => readonly UpstreamStep[],
): Trace['upstream'] {
  return {
    ...upstream,
    connections: upstream.connections.map((connection) => ({ ...connection, script: change(connection.script) })),
  }
}
