import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { loadPermutation } from '../src/playground/play/load-permutation.ts'
import { toTest } from '../src/playground/ui/copy-as-test.ts'

const OUTPUT = join(import.meta.dirname, '.output')
const ROOT = join(import.meta.dirname, '../..')

/** Writes what the page copies for these traces into a folder of its own, named as a reader would name it. */
async function copy(...ids: readonly string[]): Promise<string> {
  await mkdir(OUTPUT, { recursive: true })
  const folder = await mkdtemp(join(OUTPUT, 'copied-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [index, id] of ids.entries())
    await writeFile(join(folder, `client-${index}.test.ts`), toTest(await loadPermutation(id)))
  // A reader has one MSW, which the handlers and the server share.
  await mkdir(join(folder, 'node_modules'))
  await symlink(join(ROOT, 'packages/msw/node_modules/msw'), join(folder, 'node_modules/msw'))
  const config = { extends: join(ROOT, 'tsconfig.tests.json'), include: ['*.ts'], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return folder
}

/** Runs a program of the repository. Answers with its exit code and all that it said. */
async function run(
  program: string,
  folder: string,
  ...args: readonly string[]
): Promise<{ code: unknown; said: string }> {
  try {
    const options = { cwd: folder, env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' } }
    const { stdout, stderr } = await promisify(execFile)(join(ROOT, 'node_modules/.bin', program), args, options)
    return { code: 0, said: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string }
    return { code, said: stdout + stderr }
  }
}

test('what is copied compiles, in every dialect and with quotes in a title', { timeout: 60_000 }, async () => {
  const folder = await copy(
    'anthropic/cut-in-text/ending:rst',
    'openai-chat/cut-in-tool-call/ending:stall',
    'openai-responses/complete',
    'gemini/status-429',
    'opaque/rst-mid-stream',
    'anthropic/every-byte-rst/cutAt:600',
    'transport/slow-drip',
  )
  expect(await run('tsc', folder, '-p', 'tsconfig.json', '--noEmit')).toEqual({ code: 0, said: '' })
})

test(
  'run with a plain fetch it is red where fetch takes half an answer for a whole one, and green elsewhere',
  { timeout: 60_000 },
  async () => {
    const folder = await copy(
      'anthropic/cut-in-text/ending:rst',
      'anthropic/cut-in-text/ending:eof',
      'openai-chat/complete',
    )
    await writeFile(join(folder, 'vitest.config.ts'), CONFIG)
    const report = join(folder, 'report.json')
    const { code } = await run('vitest', folder, 'run', '--root', folder, '--reporter', 'json', '--outputFile', report)
    expect(code).toBe(1)
    const results = JSON.parse(await readFile(report, 'utf8')) as {
      testResults: { name: string; assertionResults: { status: string; failureMessages: string[] }[] }[]
    }
    const byFile = results.testResults
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .flatMap(({ assertionResults }) => assertionResults)
    expect(byFile.map(({ status }) => status)).toEqual(['passed', 'failed', 'passed'])
    expect(byFile[1]?.failureMessages.join()).toContain('a cut answer does not pass for a whole one')
  },
)

const CONFIG = `
const conditions = ['@stopbit/source', 'module', 'node']
export default {
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ['*.test.ts'], execArgv: ['--conditions=@stopbit/source'] },
}
`
