import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeFirstIssue, expandTrace, type Trace } from '@stopbit/traces'
import { z } from 'zod'

/** The cells that count in a release: written once, at the release, and never edited. */
export interface Requirements {
  /** `YYYY.N` */
  readonly release: string
  /** Permutation to its invariants. One for all cuts of a trace. */
  readonly cells: { readonly [trace: string]: readonly string[] }
}

const FOLDER = fileURLToPath(new URL('../requirements', import.meta.url))
const requirementsSchema: z.ZodType<Requirements> = z.strictObject({
  release: z.string().regex(/^\d{4}\.\d+$/, 'must be a release such as 2026.1'),
  cells: z.record(z.string(), z.array(z.string()).min(1)),
})

/** Releases that are frozen, the oldest first. */
export function releases(folder: string = FOLDER): string[] {
  const names = globSync('*.json', { cwd: folder }).map((file) => file.replace(/\.json$/, ''))
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/**
 * The set of a release, or of the newest one; undefined as long as none is frozen: then everything counts. Throws a `RangeError`
 * for a release that is not frozen, or whose file is not sound.
 */
export function readRequirements(release?: string, folder: string = FOLDER): Requirements | undefined {
  const known = releases(folder)
  const chosen = release ?? known.at(-1)
  if (chosen === undefined) return undefined
  if (!known.includes(chosen))
    throw new RangeError(`Cannot use release ${chosen}: frozen are ${known.join(', ') || 'none yet'}`)
  const document: unknown = JSON.parse(readFileSync(join(folder, `${chosen}.json`), 'utf8'))
  const result = requirementsSchema.safeParse(document)
  if (!result.success)
    throw new RangeError(`requirements/${chosen}.json: ${describeFirstIssue(result.error, document)}`)
  return result.data
}

/** The permutations of a trace that have a result of their own; all its cuts have one. */
export function scoredTraces(trace: Trace): readonly Trace[] {
  return trace.cuts === undefined ? expandTrace(trace).map((permutation) => permutation.trace) : [trace]
}

/** What the traces ask for now, as a set. */
export function requirementsOf(release: string, traces: readonly Trace[]): Requirements {
  const played = traces.flatMap(scoredTraces)
  const cells = played.map(({ id, expect }) => [id, [...expect.must, ...(expect.should ?? [])]] as const)
  return { release, cells: Object.fromEntries(cells) }
}

/** Writes a set; gives back the file. Throws a `RangeError` for a name that is none, and for a release that is frozen already. */
export function freezeRequirements(requirements: Requirements, folder: string = FOLDER): string {
  const result = requirementsSchema.safeParse(requirements)
  if (!result.success) throw new RangeError(`Cannot freeze: ${describeFirstIssue(result.error, requirements)}`)
  const file = join(folder, `${requirements.release}.json`)
  if (existsSync(file)) throw new RangeError(`Cannot freeze ${requirements.release}: it is frozen and never changes`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${JSON.stringify(requirements, null, 2)}\n`, { flag: 'wx' })
  return file
}

/** The cells of a set that the suite does not have any more: reports show them as withdrawn. */
export function withdrawnCells({ cells }: Requirements, traces: readonly Trace[]): string[] {
  const now = requirementsOf('', traces).cells
  return Object.entries(cells).flatMap(([trace, invariants]) =>
    invariants.filter((invariant) => now[trace]?.includes(invariant) !== true).map((id) => `${trace} × ${id}`),
  )
}

/** Whether a trace × invariant decides. */
export function counts(requirements: Requirements | undefined, trace: string, invariant: string): boolean {
  return requirements === undefined || requirements.cells[trace]?.includes(invariant) === true
}
