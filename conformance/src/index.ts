export { COVERAGE, findHoles } from './coverage-table/coverage.ts'
export type { CoverageRow, CoverageSection } from './coverage-table/row.ts'
export { INVARIANTS, PRECEDENCE, type Invariant } from './invariants.ts'
export { findLeak } from '@stopbit/traces'
export { bareManifest, type KnownFailing } from './known-failing.ts'
export { loadTraces, type TraceFile } from './load-traces.ts'
export type { ContractVariable, Manifest } from './manifest.ts'
export { ManifestError } from './manifest-error.ts'
export { parseManifest, readManifest, type Target } from './read-manifest.ts'
export { MUTANTS, type Mutant } from './mutants.ts'
export { manifestFiles, matrixExitCode, runMatrix, type MatrixEntry } from './run-matrix.ts'
export { runSuite, type SuiteOptions } from './run/run-suite.ts'
export { runTrace, type TraceRun } from './run/run-trace.ts'
export type { Sabotage, Timing } from './run/stage.ts'
export {
  countCells,
  exitCodeOf,
  traceState,
  type Cell,
  type SuiteResult,
  type TraceResult,
  type Verdict,
} from './verdict.ts'
