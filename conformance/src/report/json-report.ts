import type { Target } from '../read-manifest.ts'
import { countCells, exitCodeOf, traceState, type SuiteResult } from '../verdict.ts'

/** The machine-readable result. `schema` rises when a field changes its meaning or goes. */
export function jsonReport(target: Target, result: SuiteResult): object {
  return {
    schema: 1,
    implementation: target.manifest.implementation,
    target: result.target,
    scale: result.scale,
    repeat: result.repeat,
    exitCode: exitCodeOf(result),
    passedCells: countCells(result, 'pass'),
    traces: result.traces.map((trace) => ({ ...trace, state: traceState(trace) })),
  }
}
