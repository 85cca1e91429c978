import { spawnSync } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import type { ExchangeStart } from '../src/channels.ts'
import { Bench, FAILURES } from './bench.ts'
import { ANTHROPIC, DELTA, SSE, START } from './streams.ts'

function hear(name: string): unknown[] {
  const heard: unknown[] = []
  const listener = (message: unknown): unknown => heard.push(message)
  subscribe(name, listener)
  onTestFinished(() => void unsubscribe(name, listener))
  return heard
}

test('an exchange is told on its channels: once at its start, once when it is over, with the record that the sink gets', () => {
  const starts = hear('stopbit:exchange:start')
  const records = hear('stopbit:exchange')
  const bench = new Bench({ retry: 'never' })
  expect(starts).toMatchObject([{ id: expect.stringMatching(/^req_stopbit_/) }])
  bench.start(ANTHROPIC.facts)
  bench.pass(100).answer(200, SSE).pass(20).chunk(START, DELTA)
  expect(records).toEqual([])
  bench.fail(FAILURES.reset).finished()
  expect(records).toEqual([bench.record])
  expect(records[0]).toBe(bench.record)
})

test('what is known of an exchange under way is made when it is asked for', () => {
  const [starts] = [hear('stopbit:exchange:start') as ExchangeStart[]]
  const bench = new Bench()
  const live = () => starts[0]?.live()
  expect(live()).toMatchObject({ dialect: 'anthropic-messages', attempts: [] })
  expect(live()).not.toHaveProperty('lastUpstreamMs')
  bench.pass(5).start(ANTHROPIC.facts)
  const asked = live()
  bench.pass(100).answer(200, SSE).pass(20).chunk(START, DELTA)
  expect(asked).not.toHaveProperty('headersMs')
  expect(live()).toMatchObject({ headersMs: 105, firstByteMs: 125, lastUpstreamMs: 125, attempts: [{ status: 200 }] })
  expect(live()).not.toHaveProperty('ending')
  bench
    .chunk(...ANTHROPIC.finish)
    .finished()
    .endBody()
})

test('a silent upstream is told on the channel as it is told to the sink', () => {
  const stalls = hear('stopbit:stall')
  const bench = new Bench({ stallWarnMs: 15_000 })
  bench.start(ANTHROPIC.facts)
  bench.answer(200, SSE).chunk(START, DELTA).pass(15_000)
  expect(stalls).toMatchObject([{ silentMs: 15_000, events: 2 }])
})

test('in a runtime without channels nobody is told, and nothing fails', () => {
  const code = `
    process.getBuiltinModule = undefined
    const { STARTS } = await import(${JSON.stringify(new URL('../src/channels.ts', import.meta.url).href)})
    STARTS.publish({ id: 'any', live: () => undefined })
    process.stdout.write(String(STARTS.hasSubscribers))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' })
  expect({ stdout, stderr }).toEqual({ stdout: 'false', stderr: '' })
})
