import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Trace } from '@stopbit/traces'
import type { Target } from './read-manifest.ts'
import { runSuite, type SuiteOptions } from './run/run-suite.ts'
import { exitCodeOf, type SuiteResult, type TraceResult } from './verdict.ts'

const TARGETS = fileURLToPath(new URL('../targets', import.meta.url))
/** Proxies of others. Only in the repository, not in the published package. */
const THIRD_PARTY = fileURLToPath(new URL('../third-party', import.meta.url))

/** One target of a matrix, with all that came of it. */
export interface MatrixEntry {
  readonly target: Target
  readonly result: SuiteResult
}

/** As for one suite, but the progress is told with the target that it is of. */
export interface MatrixOptions extends Omit<SuiteOptions, 'onResult'> {
  readonly onResult?: (target: Target, result: TraceResult) => void
}

/** Paths of the manifests that a matrix takes: those that are named, by name or by path, or all of the suite; or all of third parties. */
export function manifestFiles(names: readonly string[] = [], of: 'suite' | 'third-party' = 'suite'): string[] {
  const folder = of === 'suite' ? TARGETS : THIRD_PARTY
  if (names.length > 0) return names.map((name) => (/^[\w-]+$/.test(name) ? join(folder, `${name}.json`) : name))
  const files = globSync('*.json', { cwd: folder }).filter(
    (file) => !/^package\.json$|\.known-failing\.json$/.test(file),
  )
  return files.toSorted().map((file) => join(folder, file))
}

/** Runs the same traces against one target after the other: side by side they would take each other's time. */
export async function runMatrix(
  targets: readonly Target[],
  traces: readonly Trace[],
  { onResult, ...options }: MatrixOptions = {},
): Promise<MatrixEntry[]> {
  const entries: MatrixEntry[] = []
  for (const target of targets) {
    const result = await runSuite(target, traces, { ...options, onResult: (one) => onResult?.(target, one) })
    entries.push({ target, result })
  }
  return entries
}

/** 1 if a target does not conform, else 2 if the harness cannot say it of one, else 0. */
export function matrixExitCode(entries: readonly MatrixEntry[]): 0 | 1 | 2 {
  const codes = entries.map(({ result }) => exitCodeOf(result))
  if (codes.includes(1)) return 1
  return codes.includes(2) || codes.length === 0 ? 2 : 0
}
