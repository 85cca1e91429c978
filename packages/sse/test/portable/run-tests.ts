import type { RunnerTask, RunnerTestFile, SerializedConfig, VitestTestRunner } from 'vitest'
import { startTests } from 'vitest/internal/browser'

/** What one test came to; or, with an empty name, that its file could not be loaded. */
export interface TestResult {
  /** Below the root of the run, such as `packages/sse/src/wrap/wrap.test.ts`. */
  readonly file: string
  /** The names of its suites and its own, as vitest prints them: `suite > test`. */
  readonly name: string
  /** `pass`, `fail`, or why it did not run: `skip`, `todo`. */
  readonly state: string
  readonly error?: string
}

/** Test files by their paths below the root; each is loaded when it is its turn. */
export type TestFiles = Readonly<Record<string, () => Promise<unknown>>>

/** Runtimes share the cores, so this is far above what any test takes. A test's own timeout goes before. */
const TEST_TIMEOUT_MS = 60_000

/**
 * Runs test files with vitest's own runner, its part for browsers: no `node:` module, no worker threads, no file system.
 * What vitest's command does around it in Node (transforming, isolating, mocking modules) is not here. That part is no
 * documented interface: it may have to be adapted to a new version of vitest.
 */
export async function runTests(files: TestFiles): Promise<TestResult[]> {
  const config = {
    root: '/',
    setupFiles: [],
    sequence: { hooks: 'stack', setupFiles: 'list', shuffle: false, seed: 0 },
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
    maxConcurrency: 1,
    retry: 0,
    allowOnly: false,
    tags: [],
  } as Partial<SerializedConfig> as SerializedConfig // all of it that the runner reads
  const runner: VitestTestRunner = {
    config,
    importFile: (path) => files[path]?.(),
    // The last line names the culprit when a runtime dies or has to be killed.
    onBeforeRunTask: (test) => console.error(`at ${test.file.filepath} > ${test.name}`),
  }
  const ran = await startTests(Object.keys(files), runner)
  return ran.flatMap((file) => resultsOf(file, file, []))
}

function resultsOf(task: RunnerTask, file: RunnerTestFile, names: readonly string[]): TestResult[] {
  const errors = task.result?.errors?.map(({ message }) => message).join('\n')
  const result = { file: file.filepath, name: names.join(' > '), ...(errors !== undefined && { error: errors }) }
  if (task.type === 'test') return [{ ...result, state: task.result?.state ?? task.mode }]
  const inner = task.tasks.flatMap((one) => resultsOf(one, file, [...names, one.name]))
  // A file or a suite has errors of its own when it could not be loaded, or when one of its hooks failed.
  return errors === undefined ? inner : [{ ...result, state: 'fail' }, ...inner]
}
