import { Terminal } from '@xterm/headless'
import { expect, onTestFinished, test } from 'vitest'
import { cell } from '../../test/example-report.ts'
import type { Cell, TraceResult } from '../verdict.ts'
import { createProgress, type Progress } from './progress.ts'

const PLAIN = (_: unknown, text: string): string => text

function result(trace: string, verdict: Cell['verdict'], base = trace): TraceResult {
  const cells = [cell('RAW-1', verdict, 'a FIN after 646 bytes')]
  return {
    trace,
    base,
    cells,
    outcomes: ['completed'],
    upstream: { connections: 1, requests: 1 },
    versions: {},
    timeline: [],
    durationMs: 7,
  }
}

/** A terminal emulator, and all that was written to it. */
interface Screen {
  readonly progress: Progress
  readonly lines: () => Promise<string[]>
  readonly written: () => string
  readonly clock: { at: number }
}

function onScreen(total: number, columns = 80): Screen {
  const terminal = new Terminal({
    cols: columns === 0 ? 80 : columns,
    rows: 20,
    allowProposedApi: true,
    convertEol: true,
  })
  let written = ''
  const stream = {
    isTTY: true as const,
    columns,
    write: (text: string | Uint8Array) => {
      written += String(text)
      terminal.write(String(text))
      return true
    },
  }
  const clock = { at: 0 }
  const screen: Screen = {
    clock,
    progress: createProgress(stream, { total, paint: PLAIN, now: () => clock.at }),
    written: () => written,
    lines: async () => {
      await new Promise<void>((resolve) => terminal.write('', resolve))
      const buffer = terminal.buffer.active
      const all = Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? '')
      return all.slice(0, all.findLastIndex((line) => line !== '') + 1)
    },
  }
  onTestFinished(screen.progress.stop)
  return screen
}

test('a terminal shows what runs, how many are through, what failed and how long it takes still', async () => {
  const screen = onScreen(4)
  screen.progress.onStart({ id: 'a/one' })
  screen.progress.onStart({ id: 'a/two' })
  screen.clock.at = 2_000
  screen.progress.onResult(result('a/one', 'pass'))
  expect(await screen.lines()).toEqual([
    '1 of 4  ━━━━━━··················  about 6.0 s left',
    'runs    a/two 2.0 s',
    'failed  none so far',
  ])
})

test('what fails stays above the lines, and is named in them', async () => {
  const screen = onScreen(2)
  screen.progress.onStart({ id: 'a/one' })
  screen.progress.onResult(result('a/one/ending:rst', 'fail', 'a/one'))
  screen.progress.onResult(result('a/one/ending:fin', 'pass', 'a/one'))
  const lines = await screen.lines()
  expect(lines[0]).toMatch(/^FAIL {2}a\/one\/ending:rst +7 ms {2}completed$/)
  expect(lines[1]).toContain('RAW-1     fail: a FIN after 646 bytes')
  expect(lines.slice(2).map((line) => line.slice(0, 30).trimEnd())).toEqual([
    '1 of 2  ━━━━━━━━━━━━··········',
    'runs',
    'failed  1: a/one/ending:rst',
  ])
})

test('at the end only what stays is left, and the cursor is back', async () => {
  const screen = onScreen(1)
  screen.progress.onStart({ id: 'a/one' })
  screen.progress.onResult(result('a/one', 'fail'))
  screen.progress.stop()
  expect(await screen.lines()).toHaveLength(2)
  expect(screen.written().lastIndexOf('\u001B[?25h')).toBeGreaterThan(screen.written().lastIndexOf('\u001B[?25l'))
})

test('no line is wider than the terminal, so that each takes one row', async () => {
  const screen = onScreen(9, 40)
  for (const id of ['one', 'two', 'three']) screen.progress.onStart({ id: `anthropic/a-trace-with-a-long-name-${id}` })
  const lines = await screen.lines()
  expect(lines).toHaveLength(3)
  expect(lines[1]).toMatch(/^runs .*…$/)
})

test('a terminal that does not know its size is taken for 80 columns', async () => {
  const screen = onScreen(1, 0)
  screen.progress.onStart({ id: 'anthropic/rst-mid-sse-856' })
  expect((await screen.lines())[1]).toBe('runs    anthropic/rst-mid-sse-856 0.0 s')
})

test('each update is one write between begin and end, so that nothing flickers', async () => {
  const screen = onScreen(2)
  screen.progress.onStart({ id: 'a/one' })
  const before = screen.written().length
  screen.progress.onResult(result('a/one', 'pass'))
  const update = screen.written().slice(before)
  expect(update.startsWith('\u001B[?2026h')).toBe(true)
  expect(update.endsWith('\u001B[?2026l')).toBe(true)
  expect(update).not.toContain('\u001B[2J')
})

test('elsewhere there is one line per trace and nothing that moves a cursor', () => {
  let written = ''
  const stream = { isTTY: false, write: (text: string | Uint8Array) => ((written += String(text)), true) }
  const progress = createProgress(stream as never, { total: 2, paint: PLAIN })
  progress.onStart({ id: 'a/one' })
  progress.onResult(result('a/one', 'pass'), 'gateway')
  progress.stop()
  expect(written).toMatch(/^gateway {2}ok {4}a\/one +7 ms {2}completed\n$/)
})

test('words of a target stay on lines that are marked as such, and move no cursor', async () => {
  const written: string[] = []
  const stream = { isTTY: false as const, write: (text: string | Uint8Array) => written.push(String(text)) > 0 }
  const progress = createProgress(stream, { total: 1, paint: PLAIN })
  const cells = [cell('RAW-1', 'inconclusive', 'it said:\n::error::all lost\r\u001b[2J\u009b1A')]
  progress.onResult({ ...result('a/one', 'pass'), cells })
  expect(written.join('').split('\n').slice(1)).toEqual([
    '        RAW-1     inconclusive: it said:',
    '        | ::error::all lost',
    '        | \uFFFD[2J\uFFFD1A',
    '',
  ])
})
