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
  const thinned = traces.map(withFewerCuts)
  return judgeMutant(
    mutant,
    await runSuite(referenceTarget(mutant.name), thinned, { shareProcesses: true, ...options }),
  )
}

/** A result with traces that were played apart: in place of those of the same file, or added. */
export function joinParts({ mutant, suite }: MutantResult, part: MutantResult): MutantResult {
  const again = new Set(part.suite.traces.map(({ base }) => base))
  const kept = suite.traces.filter(({ base }) => !again.has(base))
  return judgeMutant(mutant, { ...suite, traces: [...kept, ...part.suite.traces] })
}

/** The files of the traces that objected to what the mutant does not break. */
export function objectingTraces({ suite, unexpected }: MutantResult): ReadonlySet<string> {
  const objecting = new Set(unexpected.map(({ trace }) => trace))
  return new Set(suite.traces.flatMap(({ trace, base }) => (objecting.has(trace) ? [base] : [])))
}

function judgeMutant(mutant: Mutant, suite: SuiteResult): MutantResult {
  const cells = suite.traces.flatMap(({ trace, cells: own }) => own.map((cell) => ({ ...cell, trace })))
  const isNoise = (invariant: string): boolean => NOISE.has(invariant) && !mutant.fails.includes(invariant)
  const failed = new Map<string, string[]>()
  for (const { invariant, verdict, trace } of cells) {
    if ((verdict === 'fail' || verdict === 'warn') && !isNoise(invariant))
      failed.set(invariant, [...(failed.get(invariant) ?? []), trace])
  }
  // An exchange that ends before its fault because of what is broken is judged by that alone.
  const own = new Set(mutant.fails.flatMap((id) => failed.get(id) ?? []))
  const isConsequence = ({ trace, verdict }: (typeof cells)[number]): boolean =>
    (verdict === 'inconclusive' || verdict === 'not-tested') && own.has(trace)
  const unexpected = cells.filter(
    (cell) =>
      !isConsequence(cell) &&
      !QUIET.has(cell.verdict) &&
      !mutant.fails.includes(cell.invariant) &&
      !isNoise(cell.invariant),
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

/** The mutants that each trace caught, by the id of its file, in the order of `traces`. */
export function killsByTrace(
  results: readonly MutantResult[],
  traces: readonly Trace[],
): ReadonlyMap<string, readonly string[]> {
  const kills = new Map<string, string[]>(traces.map(({ id }) => [id, []]))
  for (const { mutant, failed, suite } of results) {
    const caught = new Set([...failed.values()].flat())
    const bases = suite.traces.flatMap(({ trace, base }) => (caught.has(trace) ? [base] : []))
    for (const base of new Set(bases)) kills.get(base)?.push(mutant.name)
  }
  return kills
}

/** Traces that are no controls and caught no mutant: they test nothing. */
export function idleTraces(results: readonly MutantResult[], traces: readonly Trace[]): readonly string[] {
  const kills = killsByTrace(results, traces)
  return traces.filter((trace) => !isControl(trace) && kills.get(trace.id)?.length === 0).map(({ id }) => id)
}

export function isControl({ tags = [] }: Trace): boolean {
  return tags.includes('control')
}
