import { expandTrace, type Trace } from '@stopbit/traces'

/** A trace as it is played: itself, or the permutation by that name. Throws a `RangeError` that lists the names for any other. */
export function findPermutation(trace: Trace, name: string | undefined): Trace {
  const permutations = expandTrace(trace).map((permutation) => permutation.trace)
  const isPlain = trace.variants === undefined && trace.cuts === undefined
  const chosen = permutations.find(({ id }) => id === (name === undefined ? trace.id : `${trace.id}/${name}`))
  if (chosen !== undefined) return chosen
  if (isPlain) throw new RangeError(`permutation must be left out: ${trace.id} has none`)
  const names = permutations.map(({ id }) => id.slice(trace.id.length + 1))
  const listed = names.length > 20 ? `${names[0]} to ${names.at(-1)}` : names.join(', ')
  throw new RangeError(`permutation must be one of ${listed}: ${name}`)
}
