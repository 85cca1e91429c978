import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadTraces } from '../load-traces.ts'
import type { Target } from '../read-manifest.ts'
import { referenceTarget } from '../run-mutants.ts'
import type { TraceResult } from '../verdict.ts'
import { runTrace } from './run-trace.ts'

/** A grace that is much shorter than the answer takes. */
const timing = { scale: 0.05, graceMs: 250, timeoutMultiplier: 1 }
const limits = { timeout: 15_000 }

function awkward(way: string): Target {
  const { manifest, cwd } = referenceTarget()
  const program = fileURLToPath(new URL('../../test/awkward-target.ts', import.meta.url))
  const target = { command: ['node', program] as [string, string], env: { AWKWARD: way } }
  return { name: way, cwd, manifest: { ...manifest, target, ready: { by: 'tcp' } } }
}

async function play(id: string, target: Target): Promise<TraceResult> {
  const trace = loadTraces([id])[0]?.trace
  if (trace === undefined) throw new Error(`no trace ${id}`)
  const [result] = await runTrace(trace, { target, timing })
  if (result === undefined) throw new Error(`${id} was not played`)
  return result
}

function hangOf({ cells }: TraceResult): string | undefined {
  return cells.find(({ invariant }) => invariant === 'HANG-1')?.verdict
}

test.concurrent(
  'bytes that the upstream has sent and that still come are no hang, however long they take',
  limits,
  async () => {
    const result = await play('openai-chat/complete', awkward('trickles'))
    expect(result.durationMs).toBeGreaterThan(2 * timing.graceMs)
    expect(result.outcomes).toEqual(['completed'])
    expect(hangOf(result)).toBe('pass')
  },
)

test.concurrent('bytes that the upstream did not send keep no exchange alive', limits, async () => {
  const result = await play('openai-chat/complete', awkward('never-ends'))
  expect(result.outcomes).toEqual(['hang'])
  expect(hangOf(result)).not.toBe('pass')
})

test.concurrent('a client that reads slowly gets a long stream to its end within a short grace', limits, async () => {
  const result = await play('transport/slow-reader', referenceTarget())
  expect(result.outcomes).toEqual(['completed'])
  expect(hangOf(result)).toBe('pass')
})
