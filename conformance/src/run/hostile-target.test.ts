import { fileURLToPath } from 'node:url'
import type { Trace } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { loadTraces } from '../load-traces.ts'
import type { Target } from '../read-manifest.ts'
import { referenceTarget } from '../run-mutants.ts'
import { traceState, type TraceResult } from '../verdict.ts'
import { runTrace } from './run-trace.ts'

const timing = { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }
const limits = { timeout: 30_000 }

const PROGRAMS = {
  hostile: fileURLToPath(new URL('../../test/hostile-target.ts', import.meta.url)),
  awkward: fileURLToPath(new URL('../../test/awkward-target.ts', import.meta.url)),
  odd: fileURLToPath(new URL('../../test/odd-target.ts', import.meta.url)),
}

function targetOf(
  program: keyof typeof PROGRAMS,
  env: Readonly<Record<string, string>>,
  by: 'tcp' | 'stdout-line' = 'tcp',
): Target {
  const { manifest, cwd } = referenceTarget()
  const command: [string, string] = ['node', PROGRAMS[program]]
  return { name: program, cwd, manifest: { ...manifest, target: { command, env }, ready: { by } } }
}

function traceOf(id: string): Trace {
  const trace = loadTraces([id])[0]?.trace
  if (trace === undefined) throw new Error(`no trace ${id}`)
  return trace
}

async function hold(id: string, target: Target): Promise<readonly TraceResult[]> {
  return await runTrace(traceOf(id), { target, timing })
}

/** What has no end must be let go as soon as that can be known, and in little memory. */
test.each([
  'endless-body',
  'endless-events',
  'huge-chunk',
  'gzip-bomb',
  'endless-chunk-line',
  'endless-trailers',
  'endless-interim-heads',
  'huge-header',
])('a target that sends %s is red, and costs the runner little', limits, async (way) => {
  const before = process.memoryUsage().rss
  const started = performance.now()
  const [result] = await hold('anthropic/rst-mid-sse-856', targetOf('hostile', { HOSTILE: way }))
  if (result === undefined) throw new Error('no result')
  expect(traceState(result)).toBe('red')
  expect(result.timeline.some(({ text }) => text.startsWith('malformed response'))).toBe(true)
  expect(JSON.stringify(result).length).toBeLessThan(10_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000)
  expect(performance.now() - started).toBeLessThan(15_000)
})

test('a header of 1 MiB of blanks is read in one pass', limits, async () => {
  const [result] = await hold('anthropic/rst-mid-sse-856', targetOf('hostile', { HOSTILE: 'blank-header' }))
  expect(result?.cells.find(({ invariant }) => invariant === 'ALIVE-1')).toMatchObject({ verdict: 'fail' })
})

test('a request without an end to the upstream is not kept', limits, async () => {
  const before = process.memoryUsage().rss
  const [result] = await hold('anthropic/rst-mid-sse-856', targetOf('hostile', { HOSTILE: 'endless-upload' }))
  expect(result === undefined ? undefined : traceState(result)).toBe('red')
  expect(process.memoryUsage().rss - before).toBeLessThan(600_000_000)
})

test('an answer at which a judge breaks makes its trace inconclusive, and the others are played', limits, async () => {
  const { variants, ...trace } = traceOf('gemini/array-in-text')
  const { fin, rst } = variants?.values ?? {}
  if (fin === undefined || rst === undefined) throw new Error('the trace has changed')
  const target = targetOf('hostile', { HOSTILE: 'deep-json' })
  const results = await runTrace({ ...trace, variants: { param: 'ending', values: { fin, rst } } }, { target, timing })
  expect(results).toHaveLength(2)
  expect(results[0]?.cells[0]).toMatchObject({
    verdict: 'inconclusive',
    because: 'the harness could not judge what it saw: Maximum call stack size exceeded',
  })
})

test('a target that answers the control request out of a cache is not alive', limits, async () => {
  const results = await hold('openai-chat/cut-in-text', targetOf('awkward', { AWKWARD: 'caches-control' }))
  const alive = results.map(({ cells }) => cells.find(({ invariant }) => invariant === 'ALIVE-1'))
  expect(alive[0]).toMatchObject({ verdict: 'pass' })
  expect(alive[1]).toMatchObject({ verdict: 'fail' })
})

/** What RFC 9112 allows must not cost a right target a cell. */
test.concurrent.each(['http-1.0', 'interim', 'chunks'])(
  'a right target with odd habits (%s) is green',
  limits,
  async (way) => {
    const target = targetOf('odd', { ODD: way }, 'stdout-line')
    for (const id of ['anthropic/rst-mid-sse-856', 'anthropic/complete-crlf', 'transport/json-cut']) {
      const results = await hold(id, target)
      const red = results.flatMap(({ trace, cells }) => cells.map((cell) => ({ trace, ...cell })))
      expect(red.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
      expect(results[0]?.versions).toEqual({ odd: '1.0' })
    }
  },
)
