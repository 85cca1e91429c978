import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestResult } from '../portable/run-tests.ts'

const run = promisify(execFile)

/** The root of the repository; test files are named by their paths below it. */
export const ROOT: string = resolve(fileURLToPath(new URL('../../../..', import.meta.url)))
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')

/**
 * The tests of folders as `vitest` itself finds and names them in Node, with every row of a `test.each`. It loads the test
 * files, but runs no test. `folder` takes its answer.
 */
export async function listTests(
  folders: readonly string[],
  folder: string,
): Promise<Pick<TestResult, 'file' | 'name'>[]> {
  const answer = join(folder, 'tests.json')
  const args = ['list', ...folders, '--staticParse=false', '--no-isolate', `--json=${answer}`]
  const { PATH, HOME } = process.env // and nothing of the vitest that runs this
  const options = { cwd: ROOT, env: { PATH, HOME, NO_COLOR: '1' }, timeout: 60_000 }
  await run(process.execPath, [VITEST, ...args], options).catch(({ stderr }: { readonly stderr: string }) => {
    throw new Error(`vitest cannot list the tests: ${stderr.slice(0, 2_000)}`)
  })
  const tests = JSON.parse(readFileSync(answer, 'utf8')) as { readonly file: string; readonly name: string }[]
  return tests.map(({ file, name }) => ({ file: relative(ROOT, file), name }))
}
