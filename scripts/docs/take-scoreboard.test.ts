import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Scoreboard } from '../../docs/src/data/scoreboard.ts'
import { INVARIANTS } from '../../conformance/src/invariants.ts'
import type { Report, ReportCell } from '../../conformance/src/report/report.ts'
import { formatScoreboard, toScoreboard } from './take-scoreboard.ts'

const cell = (invariant: string, verdict: ReportCell['verdict'], because?: string): ReportCell => ({
  invariant,
  level: 'must',
  verdict,
  profile: 'core',
  ...(because === undefined ? {} : { because }),
})

/** The part of a report that a scoreboard is taken from. */
function report(target: string, traces: Readonly<Record<string, readonly ReportCell[]>>): Report {
  return {
    date: '2026-11-21T12:00:00.000Z',
    machine: { node: '24.21.0', os: 'linux', arch: 'x64', cpuCount: 2 },
    target,
    scale: 0.05,
    repeat: 1,
    manifest: {
      implementation: { organization: 'o', project: target, version: '1.0.0' },
      target: { command: ['node', 'main.ts'] },
      environment: ['STOPBIT_UPSTREAM_URL', 'STOPBIT_IDLE_TIMEOUT_MS'],
    },
    traces: Object.entries(traces).map(([trace, cells]) => ({
      trace,
      base: trace.split('/e:')[0],
      cells,
      versions: {},
    })),
  } as unknown as Report
}

const MATRIX = {
  targets: [
    report('gateway', { 'a/x': [cell('RAW-1', 'pass'), cell('UP-1', 'pass')] }),
    report('other', {
      'a/x/e:rst': [cell('RAW-1', 'fail', 'a reset after 605 bytes\nand more'), cell('UP-1', 'not-tested', 'no limit')],
      'a/x/e:fin': [cell('RAW-1', 'fail', 'a FIN after 7 bytes'), cell('UP-1', 'pass')],
    }),
  ],
}

test('a scoreboard has the worst verdict of each trace, and of each invariant over what could be judged', () => {
  const board = toScoreboard('own', MATRIX)
  expect(board.byTrace).toEqual({ 'a/x': ['pass', 'fail'] })
  expect(board.byInvariant).toEqual({ 'RAW-1': ['pass', 'fail'], 'UP-1': ['pass', 'pass'] })
  expect(board.notes).toEqual([
    {
      target: 'other',
      verdict: 'fail',
      invariants: 'RAW-1',
      traces: 2,
      example: 'a/x/e:rst',
      because: 'a reset after 605 bytes.',
    },
    {
      target: 'other',
      verdict: 'not-tested',
      invariants: 'UP-1',
      traces: 1,
      example: 'a/x/e:rst',
      because: 'no limit.',
    },
  ])
  expect(board.targets[0]).toEqual({
    name: 'gateway',
    version: 'gateway 1.0.0',
    runsOn: 'node 24.21.0',
    files: ['conformance/targets/gateway.json'],
    limits: ['idle timeout'],
  })
})

test('a report without a target makes no scoreboard', () => {
  expect(() => toScoreboard('own', { targets: [] })).toThrow('Cannot take a scoreboard: the report has no target')
})

test.each(['own', 'third-party'])(
  'the scoreboard %s is as it was written, with a verdict of every target in every row',
  (name) => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/src/data/scoreboard', `${name}.json`), 'utf8')
    const board = JSON.parse(text) as Scoreboard
    expect(formatScoreboard(board)).toBe(text)
    const rows = [...Object.values(board.byTrace), ...Object.values(board.byInvariant)]
    expect(rows.length).toBeGreaterThan(200)
    expect(rows.every((row) => row.length === board.targets.length)).toBe(true)
    const known = new Set(Object.keys(board.byTrace))
    for (const { example } of board.notes) {
      expect(
        [...known].some((trace) => example === trace || example.startsWith(`${trace}/`)),
        example,
      ).toBe(true)
    }
  },
)

test.each(['own', 'third-party'])('the scoreboard %s measures each invariant and each trace that there is', (name) => {
  const root = join(import.meta.dirname, '../..')
  const board = JSON.parse(readFileSync(join(root, `docs/src/data/scoreboard/${name}.json`), 'utf8')) as Scoreboard
  const traces = globSync('**/*.trace.json', { cwd: join(root, 'conformance/traces') })
  expect(Object.keys(board.byTrace).toSorted()).toEqual(
    traces.map((file) => file.replace('.trace.json', '')).toSorted(),
  )
  expect(Object.keys(board.byInvariant).toSorted()).toEqual(INVARIANTS.map(({ id }) => id).toSorted())
})
