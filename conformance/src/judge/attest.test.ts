import { expect, test } from 'vitest'
import { connectionRecord } from '../../test/evidence-of.ts'
import { loadTraces } from '../load-traces.ts'
import type { UpstreamConnectionRecord } from '../run/records.ts'
import { Stage } from '../run/stage.ts'
import { attest } from './attest.ts'

/** A stage whose fault, a reset, ran on this connection. */
function stageWith(connection: Partial<UpstreamConnectionRecord>): Stage {
  const [loaded] = loadTraces(['openai-chat/rst-mid-stream'])
  if (loaded === undefined) throw new Error('no such trace')
  const stage = new Stage(loaded.trace, { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }, undefined)
  stage.fault = { state: 'ran', at: 5 }
  stage.connections.push(
    connectionRecord({ faultAt: 5, endedBy: 'rst', playedBytes: 9, writtenBytes: 9, ...connection }),
  )
  return stage
}

test('attest() holds where the sockets did what the script says', () => {
  expect(attest(stageWith({}))).toEqual({ state: 'held' })
})

test.each([
  ['another kind of end', { endedBy: 'fin' }, 'ended by fin, not by rst'],
  ['bytes that were played and not written', { writtenBytes: 4 }, '4 bytes were written of 9'],
] as const)('attest() says nothing after %s', (_, connection, because) => {
  expect(attest(stageWith(connection))).toMatchObject({ state: 'missing', because: expect.stringContaining(because) })
})

test('attest() lets the harness close a connection on which no fault was played as it likes', () => {
  const stage = stageWith({})
  stage.connections.push(connectionRecord({ endedBy: 'fin' }))
  expect(attest(stage)).toEqual({ state: 'held' })
})
