import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const TARGET = fileURLToPath(new URL('../targets/reference.json', import.meta.url))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function conformance(...args: string[]): Promise<Ended> {
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=@stopbit/source', MAIN, ...args],
      { timeout: 20_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
      },
    )
  })
}

test.concurrent(
  'run exits 0 for a conforming target, without colour where there is no terminal',
  { timeout: 20_000 },
  async () => {
    const { code, stdout } = await conformance('run', '--target', TARGET, '--trace', 'rst-before-head')
    expect(code).toBe(0)
    expect(stdout).toContain('reference: conforming')
    expect(stdout).not.toContain('\u001B[')
  },
)

test.concurrent('run --json writes the result to stdout and the progress to stderr', { timeout: 20_000 }, async () => {
  const { code, stdout, stderr } = await conformance(
    'run',
    '--target',
    TARGET,
    '--trace',
    'anthropic/rst-before-head',
    '--json',
    '--repeat',
    '2',
  )
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    repeat: 2,
    exitCode: 0,
    passedCells: 13,
    traces: [{ state: 'green' }],
  })
  expect(stderr).toContain('anthropic/rst-before-head')
})

test.concurrent('matrix writes a page, and the result as JSON', { timeout: 20_000 }, async () => {
  const page = join(mkdtempSync(join(tmpdir(), 'stopbit-matrix-')), 'matrix.md')
  const { code, stdout, stderr } = await conformance(
    'matrix',
    'reference',
    TARGET,
    '--trace',
    'anthropic/rst-before-head',
    '--json',
    '--write',
    page,
  )
  expect(stderr).toMatch(/^trace +reference +reference\nanthropic\/rst-before-head +ok +ok$/m)
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    exitCode: 0,
    byTrace: { 'anthropic/rst-before-head': { reference: 'pass' } },
    byInvariant: { 'RAW-2': { reference: 'pass' } },
    targets: [{ target: 'reference' }, { target: 'reference' }],
  })
  expect(readFileSync(page, 'utf8')).toContain('# Conformance matrix')
  expect(code).toBe(0)
})

test.concurrent('run --sabotage skip-fault exits 2', { timeout: 20_000 }, async () => {
  const { code, stdout } = await conformance(
    'run',
    '--target',
    TARGET,
    '--trace',
    'rst-mid-sse-856',
    '--sabotage',
    'skip-fault',
  )
  expect(code).toBe(2)
  expect(stdout).toContain('inconclusive: the fault step was left out')
})

test.concurrent.each([
  ['a manifest that is not there', ['run', '--target', 'nowhere.json'], 'nowhere.json: cannot be read'],
  [
    'a pattern that matches nothing',
    ['run', '--target', TARGET, '--trace', 'nope'],
    'Cannot run: no trace matches nope',
  ],
  ['a scale that is none', ['run', '--target', TARGET, '--scale', '0'], 'must be a number above 0'],
  ['a target that is none', ['matrix', 'nope'], 'nope.json: cannot be read'],
  ['an unknown mutant', ['mutants', 'nope'], 'Cannot run mutant "nope"'],
])('exits 2 for %s', { timeout: 20_000 }, async (_, args, message) => {
  const { code, stderr } = await conformance(...args)
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})

test.concurrent('lint and list exit 0', { timeout: 20_000 }, async () => {
  expect(await conformance('lint')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+ traces, 0 problems\n$/) as unknown,
  })
  expect((await conformance('list')).stdout).toContain('anthropic/rst-mid-sse-856')
})
