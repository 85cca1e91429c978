import { expect, test } from 'vitest'
import { drawSide, tellClocks, tellSide } from '../src/playground/draw/draw-side.ts'
import { rowsOf } from '../src/playground/draw/rows.ts'
import { duration, size } from '../src/playground/draw/words.ts'
import { playBoth, type Side } from '../src/playground/play/compare.ts'
import { loadPermutation } from '../src/playground/play/load-permutation.ts'
import { whyNotPlayable } from '../src/playground/play/playability.ts'
import { playTrace } from '../src/playground/play/play-trace.ts'
import { formatChoice, parseChoice } from '../src/playground/ui/choice.ts'
import { framesOf } from '../src/playground/ui/frames.ts'
import { receivedOf } from '../src/playground/ui/received.ts'
import { permutationsOf, suiteTraces } from './playground/suite-traces.ts'

const ODD = /NaN|undefined|\[object|Infinity/

test('every trace can be drawn and told, and no row is lost on the way to the show', async () => {
  const traces = await suiteTraces()
  for (const trace of traces.filter((one) => whyNotPlayable(one) === undefined).flatMap(permutationsOf)) {
    const sides = playBoth(trace, 'error')
    const frames = framesOf(sides)
    for (const side of sides) {
      const drawn = drawSide(trace, side)
      const told = tellSide(side).join('\n')
      const rows = rowsOf(side.timeline.marks).length
      expect(drawn.match(/data-row=/g), trace.id).toHaveLength(rows)
      expect(rows, trace.id).toBeLessThan(150)
      expect(drawn.match(ODD) ?? told.match(ODD), trace.id).toBeNull()
      expect(
        frames.filter((frame) => frame.rows[side.id] !== undefined),
        trace.id,
      ).toHaveLength(rows)
      expect(told.length, trace.id).toBeGreaterThan(50)
    }
    const times = frames.map(({ showMs }) => showMs)
    expect(new Set(times).size, trace.id).toBe(frames.length)
    expect(times, trace.id).toEqual(times.toSorted((a, b) => a - b))
  }
})

test('a lie is drawn as a lie, and what a trace says cannot become markup', async () => {
  const [plain] = playBoth(await loadPermutation('openai-chat/cut-in-text/ending:eof'), 'error')
  const trace = { ...(await loadPermutation('openai-chat/cut-in-text/ending:eof')), title: '<script>"&' }
  expect(drawSide(trace, plain)).toContain('ends as if whole')
  expect(drawSide(trace, plain)).toContain('aria-label="&lt;script&gt;&quot;&amp;. ')
  expect(drawSide(trace, plain)).not.toContain('<script')
})

test.each([
  ['gemini/cut-in-text/ending:stall', "The suite's limits: idle 45 s."],
  ['anthropic/silent-stall', "The trace's limits: idle 25 s."],
  ['anthropic/pings-for-ever', "The trace's limits: progress 40 s."],
  ['gemini/cut-in-text/ending:rst', undefined],
])('the clock that ended %s is said with its owner', async (id, said) => {
  const trace = await loadPermutation(id)
  expect(tellClocks(trace, playBoth(trace, 'error'))).toBe(said)
})

test('what the client has is whole and in order, and each piece has its place on the drawing', async () => {
  const trace = await loadPermutation('incidents/firewall-cuts-thinking-at-30s')
  const timeline = playTrace(trace)
  const side: Side = { id: 'stopbit', name: 'Stopbit', timeline, verdict: 'error-told' }
  const received = receivedOf(side)
  expect(received.map(({ kind }) => kind)).toEqual([
    'head',
    'upstream',
    ...Array.from({ length: 4 }, () => 'heartbeat'),
    'own',
    'end',
  ])
  expect(received.map(({ row }) => row)).toEqual(received.map(({ row }) => row).toSorted((a, b) => a - b))
})

test('a choice survives its way through a link, and a broken link opens what is there', () => {
  const choice = { trace: 'anthropic/every-byte-rst/cutAt:600', ending: 'truncate', show: 'plain' } as const
  expect(parseChoice(formatChoice(choice))).toEqual(choice)
  const first = { trace: 'anthropic/rst-mid-sse-856', ending: 'error', show: 'both' }
  expect(parseChoice('#trace=../../etc/passwd&ending=lie&show=none')).toEqual(first)
  expect(parseChoice('')).toEqual(first)
})

test('times and sizes are said as people say them', () => {
  expect([0, 999, 1_000, 30_400, 119_900, 600_000].map(duration)).toEqual([
    '0 ms',
    '999 ms',
    '1 s',
    '30.4 s',
    '119.9 s',
    '10 min',
  ])
  expect([1, 856, 20_480, 8_388_608].map(size)).toEqual(['1 byte', '856 bytes', '20 KiB', '8.0 MiB'])
})
