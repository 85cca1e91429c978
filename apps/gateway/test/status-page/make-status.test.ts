import { expect, onTestFinished, test } from 'vitest'
import { StateCollector } from '../../src/admin/collect-state.ts'
import { makeStatus } from '../../src/status-page/make-status.ts'
import { startTestGateway } from '../test-gateway.ts'
import { ask, startFailingUpstream } from './failing-upstream.ts'

const PAGE = { gatewayUrl: undefined, minutes: [], now: Date.now() }

function collect(): StateCollector {
  const state = new StateCollector('http://api.test')
  onTestFinished(() => state.close())
  return state
}

test('healthy exchanges do not push failed ones off the list, and the newest stand first', async () => {
  const gateway = await startTestGateway((await startFailingUpstream()).url)
  await (await ask(gateway.url, 'cut')).text()
  await (await ask(gateway.url, 'whole')).text()
  const [failed, whole] = [await gateway.record(1), await gateway.record(2)]
  const state = collect()
  state.settled(failed)
  for (let i = 0; i < 200; i++) state.settled({ ...whole, id: `whole-${i}` })
  const { recent, remembered } = makeStatus(state, PAGE)
  expect(remembered).toBe(201)
  expect(recent).toHaveLength(51)
  expect(recent[0]?.id).toBe('whole-199')
  expect(recent.at(-1)).toMatchObject({ id: failed.id, cause: 'body-reset', faultPhase: 'body' })
})

test('percentiles are values that were measured, and only whole exchanges count as whole', async () => {
  const gateway = await startTestGateway((await startFailingUpstream()).url)
  await (await ask(gateway.url, 'whole')).text()
  await (await ask(gateway.url, 'cut')).text()
  const [whole, failed] = [await gateway.record(1), await gateway.record(2)]
  const state = collect()
  for (let i = 1; i <= 100; i++) state.settled({ ...whole, firstDataMs: i, durationMs: i * 10 })
  state.settled({ ...failed, firstDataMs: 1_000, durationMs: 100_000 })
  const { latency } = makeStatus(state, PAGE)
  expect(latency.firstData).toEqual({ count: 101, p50: 51, p95: 96 })
  expect(latency.whole).toEqual({ count: 100, p50: 500, p95: 950 })
  expect(makeStatus(collect(), PAGE).latency.whole).toEqual({ count: 0 })
})

test('the phase of an exchange under way follows from what is known of it', async () => {
  const upstream = await startFailingUpstream()
  const gateway = await startTestGateway(upstream.url)
  const state = collect()
  const response = await ask(gateway.url, 'silent')
  expect(makeStatus(state, { ...PAGE, now: Date.now() }).live).toMatchObject([
    { phase: 'committed', attempts: 1, model: 'claude-test', stream: true },
  ])
  upstream.release()
  await response.text()
})
