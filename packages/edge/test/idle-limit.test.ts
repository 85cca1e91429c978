import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from './harness/client.ts'
import { startRuntime } from './harness/start-runtime.ts'
import { chunk, EVENTS, LAST_CHUNK, startUpstream, STREAM_HEAD } from './harness/upstream.ts'

/** Bun's limit is 1 s here, and it looks every 4 s. */
const SILENCE_MS = 8_200

test('Bun: its idle limit cuts a bare relay, and does not cut ours', { timeout: 20_000 }, async () => {
  const upstream = await startUpstream()
  onTestFinished(() => upstream.close())
  const runtime = await startRuntime('Bun', { UPSTREAM_URL: upstream.url, REFUSED_URL: upstream.url })
  onTestFinished(() => runtime.stop())

  async function answerAfterSilence(handler: string, silentFrom: 'the start' | 'the middle'): Promise<string> {
    const { target } = upstream.expect(async ({ socket }) => {
      const head = Buffer.concat([Buffer.from(STREAM_HEAD), chunk(EVENTS.slice(0, 3).join(''))])
      if (silentFrom === 'the middle') socket.write(head)
      await sleep(SILENCE_MS)
      if (silentFrom === 'the start') socket.write(head)
      socket.write(Buffer.concat([chunk(EVENTS.slice(3).join('')), Buffer.from(LAST_CHUNK)]))
    })
    const asked = { method: 'GET', body: '', headers: { 'x-test-handler': handler } }
    return (await ask(runtime.port, target, asked).over).received
  }
  const [ours, oursInTheMiddle, bare, bareInTheMiddle] = await Promise.all([
    answerAfterSilence('patient', 'the start'),
    answerAfterSilence('patient', 'the middle'),
    answerAfterSilence('bare-relay', 'the start'),
    answerAfterSilence('bare-relay', 'the middle'),
  ])
  expect(ours).toContain('message_stop')
  expect(oursInTheMiddle).toContain('message_stop')
  expect(bare).toBe('')
  expect(bareInTheMiddle).not.toContain('message_stop')
})
