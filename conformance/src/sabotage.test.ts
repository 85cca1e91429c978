import type { Trace } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { loadTraces } from './load-traces.ts'
import { referenceTarget } from './run-mutants.ts'
import { runSuite } from './run/run-suite.ts'
import type { Sabotage } from './run/stage.ts'
import { exitCodeOf, traceState } from './verdict.ts'

/** What the wire itself says of a harness that was broken so. */
const SEEN_ON_THE_WIRE = {
  'drop-send': 'that the script sent',
  'fin-for-rst': 'ended by fin, not by rst',
  'skip-fault': 'was left out',
} as const satisfies { readonly [how in Sabotage]: string }

/** Healthy ones, before the head, in the middle, over TLS and HTTP/2, of every group; none that waits for a long silence. */
const SAMPLE = [
  'anthropic/complete-text-and-tool',
  'anthropic/rst-mid-sse-856',
  'anthropic/rst-before-head',
  'anthropic/client-leaves',
  'gemini/complete',
  'gemini/rst-mid-stream',
  'h2/complete',
  'h2/early-answer',
  'h2/rst-before-head',
  'incidents/socket-hang-up-before-headers',
  'opaque/rst-mid-stream',
  'openai-chat/next-request-after-cut',
  'openai-chat/rst-in-json',
  'openai-responses/rst-mid-stream',
  'pool/idle-close-race',
  'recorded/node-socket-reset',
  'tls/complete-then-truncate',
  'tls/certificate',
  'transport/extra-bytes-after-answer',
  'transport/close-delimited-rst',
]

/** Those of them in whose body, or by whose reset, the broken harness is caught in the act. */
const CAUGHT: { readonly [how in Sabotage]: readonly string[] } = {
  'drop-send': [
    'anthropic/complete-text-and-tool',
    'anthropic/rst-mid-sse-856',
    'anthropic/client-leaves',
    'gemini/complete',
    'gemini/rst-mid-stream',
    'h2/complete',
    'opaque/rst-mid-stream',
    'openai-chat/next-request-after-cut',
    'openai-chat/rst-in-json',
    'openai-responses/rst-mid-stream',
    'pool/idle-close-race',
    'tls/complete-then-truncate',
    'transport/extra-bytes-after-answer',
    'transport/close-delimited-rst',
  ],
  'fin-for-rst': [
    'anthropic/rst-mid-sse-856',
    'anthropic/rst-before-head',
    'gemini/rst-mid-stream',
    'opaque/rst-mid-stream',
    'openai-chat/rst-in-json',
    'openai-responses/rst-mid-stream',
    'pool/idle-close-race',
    'transport/close-delimited-rst',
  ],
  'skip-fault': ['anthropic/rst-mid-sse-856', 'anthropic/rst-before-head', 'gemini/rst-mid-stream', 'tls/certificate'],
}

function sample(): readonly Trace[] {
  const traces = loadTraces(SAMPLE).map(({ trace }) => trace)
  expect(traces.map(({ id }) => id).toSorted()).toEqual(SAMPLE.toSorted())
  return traces
}

test('the sample has every group but the sweep', () => {
  const groups = new Set(loadTraces().map(({ trace: { id } }) => id.split('/')[0]))
  expect([...groups].filter((group) => group !== 'listener').toSorted()).toEqual(
    [...new Set(SAMPLE.map((id) => id.split('/')[0]))].toSorted(),
  )
})

test.each<Sabotage>(['drop-send', 'fin-for-rst', 'skip-fault'])(
  'a harness with %s is inconclusive in all groups, and caught by the wire where it has something to break',
  { timeout: 120_000 },
  async (sabotage) => {
    const result = await runSuite(referenceTarget(), sample(), { jobs: 4, sabotage, timeoutMultiplier: 2 })
    expect(result.traces.filter((trace) => traceState(trace) !== 'inconclusive').map(({ trace }) => trace)).toEqual([])
    expect(exitCodeOf(result)).toBe(2)
    const caught = result.traces.filter(({ cells }) => cells[0]?.because?.includes(SEEN_ON_THE_WIRE[sabotage]) === true)
    const bases = new Set(caught.map(({ base }) => base))
    expect(CAUGHT[sabotage].filter((id) => !bases.has(id))).toEqual([])
  },
)
