import { fileURLToPath } from 'node:url'
import type { Trace } from '@stopbit/traces'
import { MUTANTS, type Mutant } from './mutants.ts'
import { readManifest, type Target } from './read-manifest.ts'
import { runSuite, type SuiteOptions } from './run/run-suite.ts'
import type { Cell, SuiteResult } from './verdict.ts'

/** What the suite made of one mutant. `killed`: exactly its own invariants failed or warned. */
export interface MutantResult {
  readonly mutant: Mutant
  readonly killed: boolean
  /** Invariant to the traces in which it failed or warned. */
  readonly failed: ReadonlyMap<string, readonly string[]>
  /** Cells that are neither green nor the mutant's own doing. */
  readonly unexpected: readonly (Cell & { readonly trace: string })[]
  readonly suite: SuiteResult
}

/** A rate at the edge of two timers: any proxy may warn there, so that it says nothing about a mutant. */
const NOISE = new Set(['CONN-2'])

/** The reference proxy, whole or with one mutation. */
export function referenceTarget(mutant?: string): Target {
  const target = readManifest(fileURLToPath(new URL('../targets/reference.json', import.meta.url)))
  if (mutant === undefined) return target
  const command = { ...target.manifest.target, env: { ...target.manifest.target.env, MUTANT: mutant } }
  return { ...target, name: `reference+${mutant}`, manifest: { ...target.manifest, target: command } }
}

/** Finds a mutant by name. Throws a `RangeError` that lists the names. */
export function findMutant(name: string): Mutant {
  const mutant = MUTANTS.find((candidate) => candidate.name === name)
  if (mutant === undefined)
    throw new RangeError(`Cannot run mutant "${name}": known are ${MUTANTS.map((known) => known.name).join(', ')}`)
  return mutant
}

/** Runs traces against one mutant and compares what failed with what it must fail. */
export async function runMutant(
  mutant: Mutant,
  traces: readonly Trace[],
  options: SuiteOptions = {},
): Promise<MutantResult> {
  const suite = await runSuite(referenceTarget(mutant.name), traces, options)
  const cells = suite.traces.flatMap(({ trace, cells: own }) => own.map((cell) => ({ ...cell, trace })))
  const failed = new Map<string, string[]>()
  for (const { invariant, verdict, trace } of cells) {
    if ((verdict === 'fail' || verdict === 'warn') && !NOISE.has(invariant))
      failed.set(invariant, [...(failed.get(invariant) ?? []), trace])
  }
  const unexpected = cells.filter(
    ({ invariant, verdict }) =>
      verdict !== 'pass' && verdict !== 'blocked' && !mutant.fails.includes(invariant) && !NOISE.has(invariant),
  )
  const killed = unexpected.length === 0 && mutant.fails.every((id) => failed.has(id))
  return { mutant, killed, failed, unexpected, suite }
}
