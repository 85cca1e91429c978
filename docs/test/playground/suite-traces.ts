import { expandTrace, type Trace } from '@stopbit/traces'
import { listTraces, loadTrace } from '@stopbit/traces/data'

/** Every trace of the suite. */
export async function suiteTraces(): Promise<readonly Trace[]> {
  return await Promise.all(listTraces().map(({ id }) => loadTrace(id)))
}

/** What a trace's permutations are; of one that is cut at every byte, four of them: the first, the last and two between. */
export function permutationsOf(trace: Trace): readonly Trace[] {
  const all = expandTrace(trace).map((permutation) => permutation.trace)
  if (trace.cuts === undefined) return all
  return [0, 1 / 3, 2 / 3, 1].flatMap((place) => all[Math.floor(place * (all.length - 1))] ?? [])
}
