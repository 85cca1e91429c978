import type { RuntimeName } from './runtimes.ts'

/** A test that cannot pass in a runtime, or a test file that cannot be loaded there. */
export interface Exclusion {
  readonly runtime: RuntimeName
  readonly file: string
  /** Without a name it is the whole file. */
  readonly name?: string
  readonly reason: string
  /** Part of the error that it must fail with there: an excluded test that passes, or fails otherwise, is a problem. */
  readonly error: string
}

export const EXCLUSIONS: readonly Exclusion[] = [
  {
    runtime: 'workerd',
    file: 'packages/sse/src/dialects/folders.test.ts',
    reason: 'It lists the folders of the dialects, and a worker has no files.',
    error: 'no node:fs in this runtime',
  },
]
