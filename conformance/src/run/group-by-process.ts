import { effectiveLimits, type Permutation } from '@stopbit/traces'
import { takesPort } from './taken-port.ts'

/**
 * Which permutations may share a process of the target, in their order: neighbours with the same limits, for these are set when it
 * starts. One whose upstream takes no connection has a port of its own, and so a process of its own.
 */
export function groupByProcess(permutations: readonly Permutation[]): readonly (readonly Permutation[])[] {
  const groups: { readonly key: string; readonly members: Permutation[] }[] = []
  for (const [index, permutation] of permutations.entries()) {
    const limits = JSON.stringify(effectiveLimits(permutation.trace.limits))
    const key = takesPort(permutation.trace) ? `${index}` : limits
    const last = groups.at(-1)
    if (last?.key === key) last.members.push(permutation)
    else groups.push({ key, members: [permutation] })
  }
  return groups.map(({ members }) => members)
}
