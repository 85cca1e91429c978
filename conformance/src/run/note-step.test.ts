import { isFaultStep, type UpstreamStep } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { loadTraces } from '../load-traces.ts'
import { noteStep } from './note-step.ts'
import { Stage } from './stage.ts'

const [trace] = loadTraces(['anthropic/rst-mid-sse-856']).map((loaded) => loaded.trace)

function noted(step: UpstreamStep): unknown {
  if (trace === undefined) throw new Error('no such trace')
  const stage = new Stage(trace, { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }, undefined)
  noteStep(stage, 'u1', step)
  return stage.timeline[0]
}

test.each<[UpstreamStep, string, string]>([
  [
    { do: 'tls', how: 'handshake-stall', fault: true },
    'stall',
    'no answer to the ClientHello; connectTimeoutMs must end it',
  ],
  [{ do: 'tls', how: 'expired-cert', fault: true }, 'note', 'shows an expired certificate'],
  [{ do: 'h2-rst-stream', code: 'REFUSED_STREAM', fault: true }, 'reset', 'RST_STREAM REFUSED_STREAM'],
  [
    { do: 'h2-goaway', code: 'NO_ERROR', lastStream: 'none', fault: true },
    'note',
    'GOAWAY NO_ERROR: no stream is processed',
  ],
  [{ do: 'chunk-header', size: 'zz', fault: true }, 'send', 'chunk header: "zz"'],
  [{ do: 'truncate', fault: true }, 'close', 'FIN without close_notify'],
  [{ do: 'pause-read' }, 'note', 'stops reading the request'],
])('%j is told in words', (step, kind, text) => {
  expect(noted(step)).toMatchObject({ lane: 'upstream', connection: 'u1', kind, text })
  expect(noted(step)).toMatchObject(isFaultStep(step) ? { fault: true } : {})
})

test('a drip is told with its writes and their pause', () => {
  const drip: UpstreamStep = { do: 'send', as: 'chunk', text: 'abcdef', chunkBytes: 2, everyMs: 500 }
  expect(noted(drip)).toMatchObject({ kind: 'send', bytes: 6, text: 'abcdef (3 writes, a write every 500 ms)' })
})

test('no step of any trace is told by its bare name', () => {
  const silent = new Set(['read-request', 'loop', 'refuse', 'variant'])
  const steps = loadTraces().flatMap(({ trace: { upstream, variants } }) => [
    ...upstream.connections.flatMap(({ script }) => script),
    ...Object.values(variants?.values ?? {}).flatMap(({ steps: own }) => own),
  ])
  const told = steps.filter((step) => !silent.has(step.do))
  expect(told.filter((step) => (noted(step) as { text: string }).text === step.do)).toEqual([])
})
