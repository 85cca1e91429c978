import { readdirSync, readFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { beforeAll, expect, test } from 'vitest'
import { cell, madeReport, runReport } from '../../test/example-report.ts'
import { asciiTimeline } from './ascii-timeline.ts'
import { badge } from './badge.ts'
import { junitXml } from './junit.ts'
import { readReplay } from './replay.ts'
import { reportJsonSchema, reportSchema } from './report-schema.ts'
import type { Report } from './report.ts'
import { summaryMarkdown } from './summary-markdown.ts'
import { writeReports } from './write-reports.ts'

const TRACES = ['anthropic/rst-mid-sse-856', 'anthropic/complete-crlf', 'anthropic/rst-before-head']
const NASTY = '</testcase>]]>"&\u0000\u001B[31m\uD800`````|<img src=x onerror=alert(1)>\nhttp://evil.example/ @team #1'
let failing: Report

beforeAll(async () => {
  failing = await runReport(TRACES, 'destroy-after-headers')
}, 30_000)

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly inside: readonly string[]
  text: string
}

/** Throws for what is not well-formed XML 1.0. */
function parseXml(xml: string): Element[] {
  const parser = new SaxesParser()
  const [elements, open]: [Element[], Element[]] = [[], []]
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element = {
      name,
      attributes: attributes as Record<string, string>,
      inside: open.map((each) => each.attributes['name'] ?? ''),
      text: '',
    }
    elements.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    const last = open.at(-1)
    if (last !== undefined) last.text += text
  })
  parser.on('closetag', () => void open.pop())
  parser.write(xml).close()
  return elements
}

test('report.schema.json is what the schema says; conformance/scripts/write-report-schema.ts renews it', () => {
  const committed: unknown = JSON.parse(readFileSync(new URL('../../report.schema.json', import.meta.url), 'utf8'))
  expect(committed).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())))
})

test('a real report is as its schema says, has timelines of failures, and hides the values of the environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-report-'))
  writeReports(folder, failing, { manifestFile: 'conformance/targets/reference.json', timeoutMultiplier: 2 })
  const report = reportSchema.parse(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')))
  const kept = report.traces.map(({ trace, state, timeline }) => [trace, state, timeline !== undefined])
  expect(kept.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
    ['anthropic/complete-crlf', 'green', false],
    ['anthropic/rst-before-head', 'green', false],
    ['anthropic/rst-mid-sse-856', 'red', true],
  ])
  const faults = report.traces.flatMap(({ timeline = [] }) => timeline).filter(({ fault }) => fault === true)
  expect(faults).toMatchObject([{ lane: 'upstream', kind: 'reset' }])
  expect(report.traces.flatMap(({ timeline = [] }) => timeline)[0]?.atMs).toBe(0)
  expect(report.manifest.target).toMatchObject({ env: { MUTANT: '(not shown)' } })
  expect(report.exitCode).toBe(1)
  expect(readdirSync(folder).toSorted()).toEqual([
    'anthropic-rst-mid-sse-856.replay.json',
    'badge.json',
    'junit.xml',
    'report.html',
    'report.json',
    'summary.md',
  ])
  expect(readReplay(join(folder, 'anthropic-rst-mid-sse-856.replay.json'))).toEqual({
    schema: 1,
    target: join(process.cwd(), 'conformance/targets/reference.json'),
    trace: 'anthropic/rst-mid-sse-856',
    scale: 0.05,
    repeat: 1,
    timeoutMultiplier: 2,
  })
})

test('a second run into the same folder leaves no replay of the first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-report-'))
  const context = { manifestFile: 'x.json', timeoutMultiplier: 1 }
  writeReports(folder, failing, context)
  writeReports(folder, madeReport({ 'anthropic/complete-crlf': [cell('UP-1', 'pass')] }), context)
  expect(readdirSync(folder).filter((name) => name.endsWith('.replay.json'))).toEqual([])
})

test('JUnit has a suite per trace and a case per invariant, of a real run', () => {
  const elements = parseXml(junitXml(failing))
  const suites = elements.filter(({ name }) => name === 'testsuite')
  expect(suites.map(({ attributes }) => attributes['name'])).toEqual(failing.traces.map(({ trace }) => trace))
  for (const [index, { trace, cells }] of failing.traces.entries()) {
    const cases = elements.filter(({ name, attributes }) => name === 'testcase' && attributes['classname'] === trace)
    expect(cases.map(({ attributes }) => attributes['name'])).toEqual(cells.map(({ invariant }) => invariant))
    expect(suites[index]?.attributes['tests']).toBe(String(cells.length))
  }
  const failures = elements.filter(({ name }) => name === 'failure')
  expect(failures.map(({ inside, attributes }) => [inside.at(-1), attributes['type']])).toEqual([['RAW-1', 'fail']])
})

test('JUnit tells fail, flaky, blocked, inconclusive, not tested, known and not applicable apart', () => {
  const cells = [
    cell('HANG-1', 'pass'),
    cell('RAW-1', 'fail', NASTY),
    cell('TERM-1', 'blocked'),
    cell('LEAK-1', 'inconclusive'),
    cell('UP-1', 'not-tested'),
    cell('UP-2', 'known-failing'),
    cell('UP-4', 'not-applicable', 'no body'),
    cell('TERM-2', 'flaky'),
    cell('LIVE-1', 'warn'),
  ]
  const elements = parseXml(junitXml(madeReport({ 'anthropic/silent-stall': cells })))
  const said = elements
    .filter(({ name }) => !name.startsWith('test'))
    .map(({ name, inside, attributes, text }) => [
      inside.at(-1),
      name,
      attributes['type'] ?? attributes['message'] ?? text,
    ])
  expect(said).toEqual([
    ['RAW-1', 'failure', 'fail'],
    ['TERM-1', 'skipped', 'blocked by RAW-1: so'],
    ['LEAK-1', 'error', 'inconclusive'],
    ['UP-1', 'error', 'not-tested'],
    ['UP-2', 'skipped', 'known failing: so (the runtime, an issue)'],
    ['UP-4', 'skipped', 'not-applicable: no body'],
    ['TERM-2', 'failure', 'flaky'],
    ['LIVE-1', 'system-out', 'warn: so'],
  ])
  const [suite] = elements.filter(({ name }) => name === 'testsuite')
  expect(suite?.attributes).toMatchObject({ tests: '9', failures: '2', errors: '2', skipped: '3' })
  const expected = NASTY.toWellFormed().replace('\u0000', '\uFFFD').replace('\u001B', '\uFFFD')
  expect(elements.find(({ name }) => name === 'failure')?.attributes['message']).toBe(expected)
})

test('the summary begins with what failed, in words and with both sides of it', () => {
  const page = summaryMarkdown(failing)
  const statement = page.indexOf('Once a response has begun, its HTTP framing completes')
  expect(page.indexOf('## RAW-1 does not hold (MUST, 1 trace)')).toBeGreaterThan(0)
  expect(statement).toBeGreaterThan(0)
  expect(page.indexOf('UPSTREAM')).toBeGreaterThan(statement)
  expect(page.indexOf('| trace |')).toBeGreaterThan(page.indexOf('UPSTREAM'))
  expect(page).toMatch(/^>> u1 reset: RST {2,}\| +\d+\.\d \|$/m)
  expect(page).toMatch(/^ {46} \| +\d+\.\d \| c1 end: /m)
})

test('text of a target stays text in the summary, also in a code block', () => {
  const entry = { atMs: 0, lane: 'client', kind: 'note', text: NASTY } as const
  const page = summaryMarkdown(madeReport({ 'anthropic/silent-stall': [cell('RAW-1', 'fail', NASTY)] }, {}, [entry]))
  const [before = '', block = '', after = ''] = page.split(/^``````+(?:text)?$/m)
  expect(before).toContain('&lt;img src=x onerror=alert(1)>')
  expect(before + after).not.toContain('<img')
  expect(before + after).not.toContain('http://evil')
  expect(block).toContain('`````')
  expect(block.split('\n')).toHaveLength(5)
})

test('asciiTimeline() has one column per side, time in the middle, and a line for a long silence', () => {
  const lines = asciiTimeline([
    { atMs: 0, lane: 'client', connection: 'c1', kind: 'request', text: 'POST /v1/messages' },
    { atMs: 2, lane: 'upstream', connection: 'u1', kind: 'send', bytes: 139, text: 'message_start' },
    { atMs: 1_500, lane: 'upstream', connection: 'u1', kind: 'reset', text: 'RST', fault: true },
  ]).split('\n')
  expect(lines.slice(2).map((line) => line.split(' | ').map((part) => part.trim()))).toEqual([
    ['', '0.0', 'c1 request: POST /v1/messages'],
    ['u1 send 139 B: message_start', '2.0 |'],
    ['', '· 1.50 s · |'],
    ['>> u1 reset: RST', '1500.0 |'],
  ])
})

const FULL = { 'anthropic/silent-stall': [cell('RAW-1', 'pass'), cell('UP-1', 'pass'), cell('LIVE-1', 'warn')] }
const requirements = { release: '2026.1', cells: { 'anthropic/silent-stall': ['RAW-1', 'UP-1', 'LIVE-1'] } }
const withVerdict = (...cells: ReturnType<typeof cell>[]): Parameters<typeof madeReport>[0] => ({
  'anthropic/silent-stall': [...cells, cell('UP-1', 'pass')],
})

test.each([
  ['all hold', FULL, {}, 'core+stream 2026.1', 'green'],
  ['a MUST fails', withVerdict(cell('RAW-1', 'fail')), {}, 'core+stream 2026.1, 1 failed', 'red'],
  ['one is known', withVerdict(cell('RAW-1', 'known-failing')), {}, 'core+stream 2026.1, 1 known failing', 'yellow'],
  ['one is not tested', withVerdict(cell('RAW-1', 'not-tested')), {}, 'core+stream 2026.1, 1 not tested', 'red'],
  ['one is in doubt', withVerdict(cell('RAW-1', 'inconclusive')), {}, 'core+stream 2026.1, 1 in doubt', 'red'],
  ['one does not apply', withVerdict(cell('RAW-1', 'not-applicable')), {}, 'stream 2026.1', 'green'],
  [
    'the target does not speak one of the dialects',
    { ...FULL, 'openai-chat/complete': [cell('UP-1', 'not-applicable')] },
    {},
    'core+stream anthropic-messages 2026.1',
    'green',
  ],
  ['a part is asked for', FULL, { profiles: ['core'] }, 'core 2026.1', 'green'],
  [
    'a dialect is asked for',
    FULL,
    { profiles: ['core', 'anthropic-messages'] },
    'core anthropic-messages 2026.1',
    'green',
  ],
  ['not all was run', FULL, { traces: ['anthropic/*'] }, 'no claim: not all traces were run', 'grey'],
  ['the harness was broken', FULL, { sabotage: true }, 'no claim: the harness was broken on purpose', 'grey'],
] as const)('the claim where %s', (_, traces, selected, message, colour) => {
  const selection = { profiles: [], traces: [], sabotage: false, ...selected }
  expect(madeReport(traces, { selection, requirements }).claim).toEqual({ message, colour })
})

test('the badge is green only for a green claim', () => {
  expect(badge({ message: 'core 2026.1', colour: 'green' })).toEqual({
    schemaVersion: 1,
    label: 'stopbit',
    message: 'core 2026.1',
    color: 'brightgreen',
  })
  expect(badge({ message: 'core 2026.1, 1 failed', colour: 'red' })).toMatchObject({ color: 'red' })
})

test('what the release does not have is shown, and decides nothing', () => {
  const report = madeReport(
    {
      ...FULL,
      'anthropic/rst-before-head': [cell('RAW-2', 'fail')],
      'anthropic/complete-crlf': [cell('UP-1', 'pass')],
    },
    { requirements: { release: '2026.1', cells: { ...requirements.cells, 'gone/trace': ['UP-1'] } } },
  )
  expect(report.exitCode).toBe(0)
  expect(report.claim).toEqual({ message: 'core+stream 2026.1', colour: 'green' })
  expect(report.traces.map(({ notScored, state }) => [notScored, state])).toEqual([
    [undefined, 'green'],
    ['added-after-release', 'red'],
    ['added-after-release', 'green'],
  ])
  expect(report.withdrawn).toContain('gone/trace × UP-1')
  expect(parseXml(junitXml(report)).filter(({ name }) => name === 'failure')).toEqual([])
  expect(summaryMarkdown(report)).toContain('not scored (FAIL)')
  expect(reportSchema.safeParse(report).success).toBe(true)
})

test('a profile takes its own cells, and the failure that blocks one of them', () => {
  const cells = [cell('RAW-1', 'fail'), cell('HONEST-1', 'blocked'), cell('LEAK-1', 'pass'), cell('CONN-1', 'pass')]
  const selection = { profiles: ['stream'], traces: [], sabotage: false }
  const [trace] = madeReport({ 'anthropic/silent-stall': cells }, { selection }).traces
  expect(trace?.cells.map(({ invariant }) => invariant)).toEqual(['RAW-1', 'HONEST-1'])
})

test('a summary of multi-byte text keeps to the megabyte that a CI takes', () => {
  const because = '…€'.repeat(200)
  const traces = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, index) => [
      `anthropic/silent-stall/at:${index}`,
      [cell('RAW-1', 'fail', because)],
    ]),
  )
  const report = madeReport(FULL)
  const [first] = report.traces
  if (first === undefined) throw new Error('no trace')
  const many = Object.entries(traces).map(([trace, cells]) => ({
    ...first,
    trace: `${trace}${'€'.repeat(200)}`,
    cells: cells.map((one) => ({ ...one, profile: 'core' as const })),
  }))
  const page = summaryMarkdown({ ...report, traces: many })
  expect(Buffer.byteLength(page)).toBeLessThan(1_048_576)
  expect(page).toContain('Cut here: report.html has all of it.')
  expect(page).not.toContain('\uFFFD')
})
