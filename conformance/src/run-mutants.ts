import { fileURLToPath } from 'node:url'
import type { Trace } from '@stopbit/traces'
import { INVARIANTS } from './invariants.ts'
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

/** Verdicts that object to nothing. */
const QUIET = new Set<Cell['verdict']>(['pass', 'blocked', 'not-applicable'])

/** The reference proxy, whole or with one mutation. */
export function referenceTarget(mutant?: string): Target {
  const target = readManifest(fileURLToPath(new URL('../targets/reference.json', import.meta.url)))
  const own = target.manifest.target
  if (mutant === undefined || !('command' in own)) return target
  const command = { ...own, env: { ...own.env, MUTANT: mutant } }
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
  const suite = await runSuite(referenceTarget(mutant.name), traces.map(withFewerCuts), options)
  const cells = suite.traces.flatMap(({ trace, cells: own }) => own.map((cell) => ({ ...cell, trace })))
  const isNoise = (invariant: string): boolean => NOISE.has(invariant) && !mutant.fails.includes(invariant)
  const failed = new Map<string, string[]>()
  for (const { invariant, verdict, trace } of cells) {
    if ((verdict === 'fail' || verdict === 'warn') && !isNoise(invariant))
      failed.set(invariant, [...(failed.get(invariant) ?? []), trace])
  }
  const unexpected = cells.filter(
    ({ invariant, verdict }) => !QUIET.has(verdict) && !mutant.fails.includes(invariant) && !isNoise(invariant),
  )
  const killed = unexpected.length === 0 && mutant.fails.every((id) => failed.has(id))
  return { mutant, killed, failed, unexpected, suite }
}

/** One cut of so many is enough to see a mutant; what holds at every byte is asked of the whole proxy. */
const EVERY_NTH_CUT = 16

function withFewerCuts(trace: Trace): Trace {
  const { cuts } = trace
  return cuts === undefined ? trace : { ...trace, cuts: { ...cuts, step: (cuts.step ?? 1) * EVERY_NTH_CUT } }
}

/** Invariants of which no mutant is caught by them alone: their judge might never fail. */
export function unprovenInvariants(results: readonly MutantResult[]): readonly string[] {
  return INVARIANTS.map(({ id }) => id).filter(
    (id) => !results.some(({ mutant, killed }) => killed && mutant.fails.length === 1 && mutant.fails[0] === id),
  )
}

/** Traces with a fault, by the id of their file, in which no mutant failed anything: they test nothing. Control traces are left out. */
export function idleTraces(results: readonly MutantResult[], traces: readonly Trace[]): readonly string[] {
  const killing = new Set(
    results.flatMap(({ failed, suite }) => {
      const caught = new Set([...failed.values()].flat())
      return suite.traces.filter(({ trace }) => caught.has(trace)).map(({ base }) => base)
    }),
  )
  return traces.filter(({ id, tags = [] }) => !tags.includes('control') && !killing.has(id)).map(({ id }) => id)
}
