import type { Trace, UpstreamStep } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { loadTraces } from '../load-traces.ts'
import { referenceTarget } from '../run-mutants.ts'
import { traceState } from '../verdict.ts'
import { runTrace } from './run-trace.ts'

const timing = { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }
const limits = { timeout: 30_000 }
const VARIANT: UpstreamStep = { do: 'variant' }

/** The trace of the 856 bytes, whose end is left to its variants. */
function inFourWays(): Trace {
  const trace = cutTrace()
  const values = {
    rst: { steps: [{ do: 'rst' as const, fault: true as const }] },
    fin: { steps: [{ do: 'fin' as const, fault: true as const }] },
    stall: { steps: [{ do: 'stall' as const, boundedBy: 'idleTimeoutMs' as const, fault: true as const }] },
    'short-stall': {
      steps: [{ do: 'stall' as const, boundedBy: 'idleTimeoutMs' as const, fault: true as const }],
      limits: { idleTimeoutMs: 10_000 },
    },
  }
  return {
    ...trace,
    variants: { param: 'ending', values },
    upstream: {
      connections: trace.upstream.connections.map(({ script }) => ({ script: [...script.slice(0, -1), VARIANT] })),
    },
  }
}

function cutTrace(): Trace {
  const found = loadTraces(['anthropic/rst-mid-sse-856'])[0]?.trace
  if (found === undefined) throw new Error('the trace is gone')
  return found
}

test.concurrent(
  'each variant is a permutation with a result of its own, in the order of the file',
  limits,
  async () => {
    const results = await runTrace(inFourWays(), { target: referenceTarget(), timing })
    expect(results.map(({ trace, base, outcomes }) => [trace, base, ...outcomes])).toEqual(
      ['rst', 'fin', 'stall', 'short-stall'].map((ending) => [
        `anthropic/rst-mid-sse-856/ending:${ending}`,
        'anthropic/rst-mid-sse-856',
        'error-in-band',
      ]),
    )
    expect(results.map(traceState)).toEqual(['green', 'green', 'green', 'green'])
  },
)

test.concurrent('a target that dies of one permutation is started anew for the next', limits, async () => {
  const results = await runTrace(inFourWays(), { target: referenceTarget('exit-on-error'), timing })
  const alive = results.map(({ cells }) => cells.find(({ invariant }) => invariant === 'ALIVE-1'))
  expect(alive.map((cell) => cell?.because)).toEqual(Array(4).fill('the process ended with exit code 1'))
})

test.concurrent(
  'a limit that one variant needs and the target does not take leaves the others tested',
  limits,
  async () => {
    const target = referenceTarget()
    const environment = target.manifest.environment.filter((name) => name !== 'STOPBIT_IDLE_TIMEOUT_MS')
    const results = await runTrace(inFourWays(), {
      target: { ...target, manifest: { ...target.manifest, environment } },
      timing,
    })
    expect(results.map(({ cells }) => cells[0]?.verdict)).toEqual(['pass', 'pass', 'not-tested', 'not-tested'])
  },
)

test.concurrent('cuts are one result, and the first cut that fails is named', limits, async () => {
  const trace = cutTrace()
  const script = trace.upstream.connections[0]?.script.filter(({ do: kind }) => kind !== 'barrier').slice(0, -1) ?? []
  const connections = [{ script: [...script, { do: 'fin' as const, fault: true as const }] }]
  const { clientHasEvents: _, ...expectation } = trace.expect
  const cut = { ...trace, cuts: { from: 840, to: 855 }, upstream: { connections }, expect: expectation }
  const [whole, ...more] = await runTrace(cut, { target: referenceTarget(), timing })
  expect(more).toEqual([])
  expect(whole?.trace).toBe('anthropic/rst-mid-sse-856')
  expect(whole?.upstream.requests).toBe(16)
  expect(whole?.cells.filter(({ verdict }) => verdict !== 'pass')).toEqual([])

  const [broken] = await runTrace(cut, { target: referenceTarget('bytes-at-once'), timing })
  const sse = broken?.cells.find(({ invariant }) => invariant === 'SSE-1')
  expect(sse?.verdict).toBe('fail')
  expect(sse?.because).toMatch(/^3 of 3 cuts, first cutAt:840: /)
})

test.concurrent('the timeline shows both lanes, in the order of time, with the fault marked', limits, async () => {
  const [result] = await runTrace(cutTrace(), { target: referenceTarget(), timing })
  const timeline = result?.timeline ?? []
  expect(timeline.map(({ atMs }) => atMs)).toEqual(timeline.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
  const shown = timeline.map(({ lane, connection, kind }) => `${lane} ${connection} ${kind}`)
  expect(shown.slice(0, 4)).toEqual([
    'client c1 connect',
    'client c1 request',
    'upstream u1 connect',
    'upstream u1 request',
  ])
  const fault = timeline.findIndex((entry) => entry.fault === true)
  expect(timeline[fault]).toMatchObject({ lane: 'upstream', connection: 'u1', kind: 'reset' })
  expect(timeline.slice(fault).map(({ lane, kind }) => `${lane} ${kind}`)).toContain('client end')
})
