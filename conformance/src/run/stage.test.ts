import { expect, test } from 'vitest'
import { loadTraces } from '../load-traces.ts'
import { Stage, type TargetManner } from './stage.ts'

function stageOf(id: string, manner: TargetManner): Stage {
  const trace = loadTraces([id])[0]?.trace
  if (trace === undefined) throw new Error(`no trace ${id}`)
  return new Stage(trace, { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }, undefined, manner)
}

test.each([
  ['none for a target that does not ask again', 'anthropic/connect-refused', {}, 0],
  ['twice and four times the back-off', 'anthropic/connect-refused', { backsOff: true }, 300],
  ['no more than the window for attempts', 'anthropic/connect-never-completes', { backsOff: true }, 1],
])('backoffMs is %s', (_, id, manner, expected) => {
  expect(stageOf(id, manner).backoffMs).toBe(expected)
})

test('beginStall() takes the limit that does the work of the one that the target lacks', () => {
  const stage = stageOf('anthropic/connect-never-completes', { substitutes: { connectTimeoutMs: 'headersTimeoutMs' } })
  stage.beginStall('connectTimeoutMs')
  expect(stage.activity.stalledBy).toBe('headersTimeoutMs')
  stage.beginStall('idleTimeoutMs')
  expect(stage.activity.stalledBy).toBe('idleTimeoutMs')
})
