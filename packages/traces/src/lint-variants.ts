import { expandTrace } from './expand-trace.ts'
import type { Trace } from './trace.ts'

/** Whether a trace can be played in its permutations at all. */
export function lintVariants(trace: Trace): string[] {
  const { variants, cuts, sweep } = trace
  const places = trace.upstream.connections.flatMap(({ script }) => script.filter((step) => step.do === 'variant'))
  const nested = Object.entries(variants?.values ?? {}).flatMap(([value, { steps }]) =>
    steps.some((step) => step.do === 'variant') ? [`variants.values.${value}: a variant cannot hold a variant`] : [],
  )
  if (variants !== undefined && cuts !== undefined) return ['cuts: not together with variants']
  if (sweep !== undefined && (variants ?? cuts) !== undefined) return ['sweep: not together with variants or cuts']
  if (variants === undefined && places.length > 0) return ['variants: is missing; a step is a variant']
  if (variants !== undefined && places.length !== 1)
    return [`variants: have exactly one step { "do": "variant" }, this trace has ${places.length}`]
  return [...nested, ...lintCuts(trace)]
}

function lintCuts(trace: Trace): string[] {
  try {
    expandTrace(trace)
    return []
  } catch (error) {
    return [`cuts: ${(error as Error).message}`]
  }
}
