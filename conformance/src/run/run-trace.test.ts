import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Trace, UpstreamStep } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { loadTraces } from '../load-traces.ts'
import type { Target } from '../read-manifest.ts'
import { referenceTarget } from '../run-mutants.ts'
import { traceState, type TraceResult } from '../verdict.ts'
import { runTrace, type TraceRun } from './run-trace.ts'

const timing = { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }
const limits = { timeout: 15_000 }

/** The awkward target, which also shows readiness by TCP. */
function awkward(way: string): Target {
  const { manifest, cwd } = referenceTarget()
  const command = ['node', fileURLToPath(new URL('../../test/awkward-target.ts', import.meta.url))] as const
  const environment = ['STOPBIT_UPSTREAM_URL', 'STOPBIT_LISTEN_PORT', 'STOPBIT_IDLE_TIMEOUT_MS'] as const
  return {
    name: way,
    cwd,
    manifest: {
      ...manifest,
      target: { command: [...command], env: { AWKWARD: way } },
      ready: { by: 'tcp' },
      environment,
    },
  }
}

function traceOf(id: string, change: Partial<Trace> = {}): Trace {
  const trace = loadTraces([id])[0]?.trace
  if (trace === undefined) throw new Error(`no trace ${id}`)
  return { ...trace, ...change }
}

/** For traces that have one permutation. */
async function runOne(trace: Trace, run: TraceRun): Promise<TraceResult> {
  const results = await runTrace(trace, run)
  if (results.length !== 1 || results[0] === undefined) throw new Error(`${trace.id} came to ${results.length} results`)
  return results[0]
}

function verdicts(result: TraceResult): Record<string, string> {
  return Object.fromEntries(result.cells.map(({ invariant, verdict }) => [invariant, verdict]))
}

test(
  'a port that the system does not give makes the trace inconclusive, and is no end of the run',
  limits,
  async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const target = referenceTarget()
    const fixed = { ...target.manifest.target, upstreamPort: port } as typeof target.manifest.target
    const result = await runOne(traceOf('anthropic/rst-mid-sse-856'), {
      target: { ...target, manifest: { ...target.manifest, target: fixed } },
      timing,
    })
    holder.close()
    expect(new Set(Object.values(verdicts(result)))).toEqual(new Set(['inconclusive']))
    expect(result.cells[0]?.because).toMatch(/^the harness failed: .*EADDRINUSE/)
  },
)

const HEAD: UpstreamStep = {
  do: 'send',
  as: 'head',
  lines: ['HTTP/1.1 200 OK', 'content-type: text/event-stream', 'transfer-encoding: chunked'],
}
const START = 'event: message_start\ndata: {"type":"message_start"}\n\n'
const STOP = 'event: content_block_stop\ndata: {"type":"content_block_stop"}\n\n'

test.concurrent('a barrier that does not hold makes the trace inconclusive', limits, async () => {
  const trace = traceOf('anthropic/rst-mid-sse-856')
  const hasty = {
    connections: trace.upstream.connections.map(({ script }) => ({
      script: script.map((step) => (step.do === 'barrier' ? { ...step, elseMs: 200 } : step)),
    })),
  }
  const result = await runOne({ ...trace, upstream: hasty }, { target: awkward('buffers'), timing })
  expect(new Set(Object.values(verdicts(result)))).toEqual(new Set(['inconclusive']))
  expect(result.cells[0]?.because).toBe('the barrier client-has-complete-events did not hold in time')
})

test.concurrent(
  'a target that answers before the fault is red for what it did wrong, and proves nothing else',
  limits,
  async () => {
    const result = await runOne(traceOf('anthropic/rst-before-head'), {
      target: awkward('answers-by-itself'),
      timing,
    })
    expect(verdicts(result)).toMatchObject({
      'RAW-2': 'blocked',
      'ALIVE-1': 'fail',
      'LEAK-1': 'inconclusive',
      'HANG-1': 'inconclusive',
    })
    expect(traceState(result)).toBe('red')
  },
)

test.concurrent('a bare pipe fails what it must on the 856-byte reset: the framing', limits, async () => {
  const result = await runOne(traceOf('anthropic/rst-mid-sse-856'), { target: awkward('pipe'), timing })
  expect(Object.entries(verdicts(result)).filter(([, verdict]) => verdict === 'fail')).toEqual([['RAW-1', 'fail']])
})

test.concurrent('a target that ignores SIGTERM is killed, and the run goes on', limits, async () => {
  const started = performance.now()
  const result = await runOne(traceOf('anthropic/complete-crlf'), { target: awkward('ignores-sigterm'), timing })
  expect(traceState(result)).toBe('green')
  expect(performance.now() - started).toBeGreaterThan(timing.graceMs)
})

test.concurrent(
  'a target whose idle limit is shorter than the stall may end the exchange before the fault',
  limits,
  async () => {
    const trace = traceOf('anthropic/stall-20s-one-chunk-rst', { limits: { idleTimeoutMs: 8_000 } })
    const result = await runOne(trace, { target: referenceTarget(), timing })
    expect(traceState(result)).toBe('green')
    expect(result.cells.find(({ invariant }) => invariant === 'RAW-1')).toMatchObject({
      verdict: 'pass',
      preempted: true,
    })
  },
)

test.concurrent('a stall that the target cannot be told to bound is not tested', limits, async () => {
  const target = referenceTarget()
  const environment = ['STOPBIT_UPSTREAM_URL', 'STOPBIT_LISTEN_PORT'] as const
  const result = await runOne(traceOf('anthropic/silent-stall'), {
    target: { ...target, manifest: { ...target.manifest, environment } },
    timing,
  })
  expect(result.cells[0]).toMatchObject({
    verdict: 'not-tested',
    because: 'the target does not take STOPBIT_IDLE_TIMEOUT_MS',
  })
  expect(traceState(result)).toBe('red')
})

test.concurrent('a limit that the target does not have is judged by the one that does its work', limits, async () => {
  const target = referenceTarget()
  const environment = target.manifest.environment.filter((name) => name !== 'STOPBIT_CONNECT_TIMEOUT_MS')
  const env = { MUTANT: 'no-connect-timer' }
  const trace = traceOf('anthropic/connect-never-completes', { limits: { headersTimeoutMs: 20_000 } })
  const manifest = { ...target.manifest, target: { ...target.manifest.target, env }, environment }
  const without = await runOne(trace, { target: { ...target, manifest }, timing })
  expect(without.cells[0]).toMatchObject({ verdict: 'not-tested' })
  const substitutes = { connectTimeoutMs: 'headersTimeoutMs' } as const
  const result = await runOne(trace, { target: { ...target, manifest: { ...manifest, substitutes } }, timing })
  expect(result.cells.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
})

test.concurrent('a feature that the target lacks by its nature is not applicable, and the reason is told', async () => {
  const target = referenceTarget()
  const manifest = { ...target.manifest, features: ['sse'], lacks: { 'upstream-keepalive': 'one request each' } }
  const result = await runOne(traceOf('pool/idle-close-race'), { target: { ...target, manifest }, timing })
  expect(result.cells[0]).toMatchObject({
    verdict: 'not-applicable',
    because: 'the target does not declare upstream-keepalive: one request each',
  })
})

test.concurrent('a listener that never closes idle connections leaves the race not tested', limits, async () => {
  const trace = traceOf('listener/keepalive-idle-close-race', {
    calibrate: { measure: 'listener-idle-close', as: 'T', capMs: 10_000 },
  })
  const result = await runOne(trace, { target: awkward('pipe'), timing })
  expect(verdicts(result)).toMatchObject({ 'CONN-1': 'not-tested', 'CONN-2': 'not-tested', 'ALIVE-1': 'pass' })
  expect(traceState(result)).toBe('red')
})

test.concurrent('every step that the traces of the suite do not use plays as it is documented', limits, async () => {
  const script: UpstreamStep[] = [
    { do: 'accept', delayMs: 400 },
    { do: 'read-request', until: 'head' },
    { do: 'barrier', until: 'request-read', elseMs: 1_000 },
    HEAD,
    { do: 'send', as: 'chunk', base64: Buffer.from(START).toString('base64') },
    { do: 'barrier', until: 'client-has-bytes', n: START.length, elseMs: 1_000 },
    {
      do: 'send',
      as: 'chunk',
      sse: [{ event: 'content_block_stop', data: { type: 'content_block_stop' } }],
      splitAt: [3],
    },
    { do: 'send', as: 'chunk', text: `${STOP}never sent`, truncateTo: 0 + ': end\n\n'.length },
    { do: 'barrier', until: 'client-closed', elseMs: 3_000 },
    { do: 'expect-abort', withinMs: 1_000 },
  ]
  const trace: Trace = {
    ...traceOf('anthropic/client-leaves'),
    client: [
      { do: 'connect', conn: 'c1' },
      {
        do: 'request',
        conn: 'c1',
        path: '/v1/messages',
        body: { model: 'm', messages: [] },
        headers: { 'x-a': 'b' },
        stream: true,
      },
      { do: 'await', conn: 'c1', until: 'head' },
      { do: 'await', conn: 'c1', until: 'bytes', n: START.length + STOP.length },
      { do: 'wait', ms: 200 },
      { do: 'abort', conn: 'c1', how: 'rst', fault: true },
    ],
    upstream: { connections: [{ script }] },
    expect: { outcome: ['client-left'], must: ['UP-1', 'UP-2', 'UP-4', 'ALIVE-1', 'OUTCOME-1'] },
  }
  const started = performance.now()
  const result = await runOne(trace, { target: referenceTarget(), timing })
  expect(result.cells.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
  expect(performance.now() - started).toBeGreaterThan(400 * timing.scale)
})
