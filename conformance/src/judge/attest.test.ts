import { expect, test } from 'vitest'
import { connectionRecord } from '../../test/evidence-of.ts'
import { loadTraces } from '../load-traces.ts'
import type { UpstreamConnectionRecord } from '../run/records.ts'
import { Stage, type Sabotage } from '../run/stage.ts'
import { attest } from './attest.ts'

/** A stage whose fault, a reset, ran on this connection. */
function stageWith(connection: Partial<UpstreamConnectionRecord>, sabotage?: Sabotage): Stage {
  const [loaded] = loadTraces(['openai-chat/rst-mid-stream'])
  if (loaded === undefined) throw new Error('no such trace')
  const stage = new Stage(loaded.trace, { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }, sabotage)
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

test('attest() finds bytes that were not written, whether the fault has run or not', () => {
  const stage = stageWith({ writtenBytes: 4 })
  stage.fault = { state: 'pending' }
  stage.barriers.push({ until: 'client-has-complete-events', held: false, clientHadEnded: true })
  expect(attest(stage)).toMatchObject({
    state: 'missing',
    because: expect.stringContaining('4 bytes were written of 9'),
  })
})

test('attest() lets a broken harness prove nothing, not even where it had nothing to break', () => {
  expect(attest(stageWith({}, 'drop-send'))).toMatchObject({
    state: 'missing',
    because: 'the harness has drop-send, and found nothing here to break',
  })
})
