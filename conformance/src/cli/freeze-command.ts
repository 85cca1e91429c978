import { loadTraces } from '../load-traces.ts'
import { freezeRequirements, requirementsOf } from '../requirements.ts'

/** Writes the requirement set of a release from the traces as they are; returns the exit code. Throws when it is frozen already. */
export function freezeCommand(release: string): 0 {
  const traces = loadTraces().map(({ trace }) => trace)
  const requirements = requirementsOf(release, traces)
  const file = freezeRequirements(requirements)
  const cells = Object.values(requirements.cells).flat().length
  process.stdout.write(
    `${release}: ${Object.keys(requirements.cells).length} permutations, ${cells} cells, in ${file}\n`,
  )
  return 0
}
