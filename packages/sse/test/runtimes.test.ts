import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stop } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RuntimeReport } from './portable/report.ts'
import { runChecks, type CheckReport } from './portable/run-checks.ts'
import { bundleTests } from './runtimes/bundle-tests.ts'
import { EXCLUSIONS } from './runtimes/exclusions.ts'
import { findProblems } from './runtimes/find-problems.ts'
import { listTests, ROOT } from './runtimes/list-tests.ts'
import { RUNTIMES, type RuntimeName } from './runtimes/runtimes.ts'

// The tests beside the source of this package and of the one that it depends on. Not the oracle's: it holds real clients to
// the bytes that we write, which are the same in every runtime (the checks below), and would take half as long again.
const NAMES = Object.keys(RUNTIMES) as RuntimeName[]
/** For all tests in one runtime. Some twenty seconds where three runtimes share two cores. */
const LIMIT_MS = 120_000
const TIMEOUT_MS = LIMIT_MS + 10_000

const folder = mkdtempSync(join(tmpdir(), 'stopbit-runtimes-'))
const reports = new Map<RuntimeName, Promise<RuntimeReport>>()
let testsInNode: Awaited<ReturnType<typeof listTests>>
let checksInNode: CheckReport

beforeAll(async () => {
  testsInNode = await listTests(['packages/sse/src/', 'packages/faults/src/'], folder)
  await bundleTests({ root: ROOT, files: [...new Set(testsInNode.map(({ file }) => file))], outFolder: folder })
  for (const name of NAMES) {
    const report = RUNTIMES[name](folder, LIMIT_MS)
    report.catch(() => undefined) // thrown by the test that waits for it
    reports.set(name, report)
  }
  checksInNode = await runChecks()
}, TIMEOUT_MS)
afterAll(async () => {
  await Promise.allSettled(reports.values())
  rmSync(folder, { recursive: true })
  await stop()
}, TIMEOUT_MS)

test('Node: the tests of both packages are found', () => {
  const files = new Set(testsInNode.map(({ file }) => file))
  expect(files).toContain('packages/sse/src/finalizer/create-finalizer.test.ts')
  expect(files).toContain('packages/faults/src/classify-fault.test.ts')
  expect(testsInNode.length).toBeGreaterThan(700)
})

test('Node: every check holds', () => {
  expect(checksInNode.failures).toEqual([])
  expect(checksInNode.checks).toBeGreaterThan(5_000)
})

describe.each(NAMES)('%s', { timeout: TIMEOUT_MS }, (name) => {
  test('the tests of Node, from the same files: all run, and all but the excluded pass', async () => {
    const report = await reports.get(name)
    const exclusions = EXCLUSIONS.filter(({ runtime }) => runtime === name)
    expect(findProblems({ expected: testsInNode, results: report?.tests ?? [], exclusions })).toEqual([])
  })

  test('the checks of Node, with the same bytes', async () => {
    expect((await reports.get(name))?.checks).toEqual(checksInNode)
  })
})
