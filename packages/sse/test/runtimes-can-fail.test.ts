import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stop } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import { bundleTests } from './runtimes/bundle-tests.ts'
import type { Exclusion } from './runtimes/exclusions.ts'
import { findProblems } from './runtimes/find-problems.ts'
import { RUNTIMES, type RuntimeName } from './runtimes/runtimes.ts'

const LIMIT_MS = 60_000
const TIMEOUT_MS = LIMIT_MS + 10_000

const root = mkdtempSync(join(tmpdir(), 'stopbit-runtimes-can-fail-'))
afterAll(async () => {
  rmSync(root, { recursive: true })
  await stop()
})

/** Writes files that are no part of the repository, and bundles the tests among them. */
async function bundleFiles(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const outFolder = join(root, `${name}-out`)
  mkdirSync(outFolder)
  for (const [file, code] of Object.entries(files)) writeFileSync(join(root, file), code)
  const tests = Object.keys(files).filter((file) => file.endsWith('.test.ts'))
  await bundleTests({ root, files: tests, outFolder })
  return outFolder
}

describe(
  'a test that does not pass in one runtime is reported with its file and its name',
  { timeout: TIMEOUT_MS },
  () => {
    const SEEDED = {
      'seeded.test.ts': `
      import { expect, test } from 'vitest'
      test('is not Deno', () => expect('Deno' in globalThis).toBe(false))
      test('is not Bun', () => expect('Bun' in globalThis).toBe(false))
      test('is not workerd', () => expect(navigator.userAgent === 'Cloudflare-Workers').toBe(false))
      test.skipIf('Deno' in globalThis)('is not skipped', () => undefined)
      if (!('Bun' in globalThis)) test('is found', () => undefined)`,
      'source.ts': `export const bytes = Buffer.from('ab')`, // in a test file a Buffer is no violation
      'source.test.ts': `
      import { expect, test } from 'vitest'
      import { bytes } from './source.ts'
      test('needs no Node', () => expect(bytes.length).toBe(Buffer.from('ab').length))`,
    }
    const seeded = ['is not Deno', 'is not Bun', 'is not workerd', 'is not skipped', 'is found']
    const expected = [
      ...seeded.map((name) => ({ file: 'seeded.test.ts', name })),
      { file: 'source.test.ts', name: 'needs no Node' },
    ]
    const unequal = 'fail: expected true to be false // Object.is equality'
    const PROBLEMS: Readonly<Record<RuntimeName, readonly string[]>> = {
      Deno: [`seeded.test.ts > is not Deno: ${unequal}`, 'seeded.test.ts > is not skipped: skip: without an error'],
      Bun: ['seeded.test.ts > is found: did not run', `seeded.test.ts > is not Bun: ${unequal}`],
      workerd: [
        'source.test.ts > needs no Node: did not run',
        `seeded.test.ts > is not workerd: ${unequal}`,
        'source.test.ts: fail: Buffer is not defined',
      ],
    }

    test.each(Object.keys(RUNTIMES) as RuntimeName[])('%s', async (runtime) => {
      const folder = await bundleFiles(runtime, SEEDED)
      const { tests } = await RUNTIMES[runtime](folder, LIMIT_MS)
      expect(findProblems({ expected, results: tests, exclusions: [] })).toEqual(PROBLEMS[runtime])
    })
  },
)

describe(
  'a runtime that says nothing more is killed, and the test that it was at is named',
  { timeout: TIMEOUT_MS },
  () => {
    const HANGS = `
    import { test } from 'vitest'
    test('never ends', () => new Promise(() => undefined), 600_000)`

    // The limit leaves a loaded machine time to come to the test; nothing is computed meanwhile.
    test.concurrent.each(Object.keys(RUNTIMES) as RuntimeName[])('%s', async (runtime) => {
      const folder = await bundleFiles(`${runtime}-hangs`, { [`${runtime}-hangs.test.ts`]: HANGS })
      const report = RUNTIMES[runtime](folder, 5_000)
      await expect(report).rejects.toThrow(/^no report: killed after 5000 ms, .*-hangs\.test\.ts > never ends$/s)
    })
  },
)

describe('an exclusion is held to what it says', () => {
  const [file, name] = ['a.test.ts', 'works']
  const one: Exclusion = { runtime: 'workerd', file, name, reason: 'It reads a file.', error: 'no node:fs' }
  const whole: Exclusion = { runtime: 'workerd', file, reason: 'It reads a file.', error: 'no node:fs' }
  const expected = [{ file, name }]
  const failure = { file, name, state: 'fail', error: 'Error: no node:fs in this runtime' }
  const notLoaded = { ...failure, name: '' }

  test.each([
    ['its test fails as it says', one, failure, []],
    ['its file cannot be loaded, as it says', whole, notLoaded, []],
    [
      'its test passes',
      one,
      { file, name, state: 'pass' },
      ['a.test.ts > works: is excluded, but does not fail with "no node:fs"'],
    ],
    [
      'its test fails with another error',
      one,
      { ...failure, error: 'oops' },
      ['a.test.ts > works: is excluded, but does not fail with "no node:fs"'],
    ],
    [
      'its file can be loaded',
      whole,
      { file, name, state: 'pass' },
      ['a.test.ts > works: is no test in Node', 'a.test.ts: is excluded, but does not fail with "no node:fs"'],
    ],
    [
      'there is no such test',
      { ...one, name: 'is gone' },
      { file, name, state: 'pass' },
      ['a.test.ts > is gone: is excluded, but does not fail with "no node:fs"'],
    ],
  ])('when %s', (_when, exclusion, result, problems) => {
    expect(findProblems({ expected, results: [result], exclusions: [exclusion] })).toEqual(problems)
  })
})

test('of two tests with one name, both have to run', () => {
  const twin = { file: 'a.test.ts', name: 'twin' }
  const results = [{ ...twin, state: 'pass' }]
  expect(findProblems({ expected: [twin, twin], results, exclusions: [] })).toEqual(['a.test.ts > twin: did not run'])
})
