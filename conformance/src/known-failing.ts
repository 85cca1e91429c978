import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describeFirstIssue, expandTrace, type Trace } from '@stopbit/traces'
import { z } from 'zod'
import { ManifestError } from './manifest-error.ts'
import type { Cell, TraceResult } from './verdict.ts'

/** A cell that a target cannot make green, because the runtime below it does not let anybody. */
export interface KnownFailing {
  /** Id of one trace, for all its permutations, or of one permutation; there are no patterns. */
  readonly trace: string
  readonly invariant: string
  /** What the runtime does or lacks, for a reader who wonders whether it concerns him. */
  readonly reason: string
  /** Where that can be read or was measured. */
  readonly source: string
  /** Name of a manifest in `targets/bare/`: a bare pass-through of the same runtime, that fails the same cell. */
  readonly bare: string
}

/** What holds everywhere, without exception: these cannot be known to fail. */
const WITHOUT_EXCEPTION = /^(HANG-\d+|LEAK-1|HONEST-\d+|TERM-[12]|SSE-1)$/

const text = z.string().min(1)
const listSchema: z.ZodType<{ readonly entries: readonly KnownFailing[] }> = z.strictObject({
  entries: z.array(
    z.strictObject({
      trace: text,
      invariant: text.refine(
        (id) => !WITHOUT_EXCEPTION.test(id),
        'holds without exception and cannot be known to fail',
      ),
      reason: text,
      source: text,
      bare: z.string().regex(/^[a-z0-9-]+$/, 'must be the name of a manifest in bare/'),
    }),
  ),
})

/** Reads the list beside a manifest, `<name>.known-failing.json`; none is an empty one. Throws a `ManifestError`. */
export function readKnownFailing(manifestFile: string): readonly KnownFailing[] {
  const file = manifestFile.replace(/(\.json)?$/, '.known-failing.json')
  if (!existsSync(file)) return []
  const entries = parseKnownFailing(readFileSync(file, 'utf8'), file)
  for (const [index, { bare }] of entries.entries()) {
    if (!existsSync(bareManifest(manifestFile, bare)))
      throw new ManifestError(`${file}: entries[${index}].bare: there is no manifest bare/${bare}.json`)
  }
  return entries
}

/** The manifest of a bare pass-through, in the folder `bare` beside a target's. */
export function bareManifest(manifestFile: string, bare: string): string {
  return join(dirname(manifestFile), 'bare', `${bare}.json`)
}

/** As `readKnownFailing`, from text that is already there. */
export function parseKnownFailing(json: string, file: string): readonly KnownFailing[] {
  let document: unknown
  try {
    document = JSON.parse(json)
  } catch (error) {
    throw new ManifestError(`${file}: is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const result = listSchema.safeParse(document)
  if (!result.success) throw new ManifestError(`${file}: ${describeFirstIssue(result.error, document)}`)
  return result.data.entries
}

/** The entries that speak of no cell of the suite, each as a sentence: a typo would make a list look true for ever. */
export function findIdleEntries(entries: readonly KnownFailing[], traces: readonly Trace[]): string[] {
  return entries.flatMap(({ trace: id, invariant }) => {
    const meant = traces.flatMap(expandTrace).filter(({ trace, base }) => trace.id === id || base === id)
    if (meant.length === 0) return [`there is no trace ${id}`]
    const named = meant.some(({ trace: { expect } }) => [...expect.must, ...(expect.should ?? [])].includes(invariant))
    return named ? [] : [`${id} does not name ${invariant}`]
  })
}

/**
 * Holds a result against the list, which must stay true: what fails and is listed is `known-failing`, and so is what such a
 * failure blocks; what is listed and passes is a `stale-entry`, which fails the run. Other verdicts stay.
 */
export function holdAgainstKnown(result: TraceResult, entries: readonly KnownFailing[]): TraceResult {
  const own = entries.filter(({ trace }) => trace === result.trace || trace === result.base)
  if (own.length === 0) return result
  return { ...result, cells: result.cells.map((cell) => holdCell(cell, own)) }
}

function holdCell(cell: Cell, entries: readonly KnownFailing[]): Cell {
  const { invariant, level, verdict } = cell
  const explained = verdict === 'blocked' ? cell.by : invariant
  const entry = entries.find((candidate) => candidate.invariant === explained)
  if (entry === undefined) return cell
  const { reason, source, bare } = entry
  if (verdict === 'fail' || verdict === 'warn' || verdict === 'blocked')
    return { invariant, level, verdict: 'known-failing', because: cell.because, reason, source, bare }
  if (verdict === 'pass' || verdict === 'not-applicable')
    return {
      invariant,
      level,
      verdict: 'stale-entry',
      because: `is listed as known-failing and ${verdict === 'pass' ? 'passes' : 'does not apply'}: the entry must be removed`,
    }
  return cell
}
