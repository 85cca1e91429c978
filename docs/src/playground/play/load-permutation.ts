import { expandTrace, type Trace } from '@stopbit/traces'
import { loadTrace } from '@stopbit/traces/data'

/** A trace by its id, or one of its permutations by theirs; of a trace that is named without one, the first. Rejects for an unknown id. */
export async function loadPermutation(id: string): Promise<Trace> {
  const [group = '', slug = '', ...rest] = id.split('/')
  const permutations = expandTrace(await loadTrace(`${group}/${slug}`))
  const found = rest.length === 0 ? permutations[0] : permutations.find(({ trace }) => trace.id === id)
  if (found === undefined) throw new RangeError(`Cannot load trace: there is no ${id}`)
  return found.trace
}
