import { setTimeout as sleep } from 'node:timers/promises'
import Anthropic, { APIError, InternalServerError } from '@anthropic-ai/sdk'
import { Agent, fetch as fetchWithAgent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { playTrace, readTrace } from './play-trace.ts'
import { startTestGateway } from './test-gateway.ts'

const LOST = 'The connection to the model API was lost before the response was complete. Try again.'
const REQUEST = {
  model: 'claude-sonnet-4-6',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hello' }],
} as const satisfies Omit<Anthropic.MessageCreateParams, 'stream'>

function sdk(baseURL: string, options: Partial<ConstructorParameters<typeof Anthropic>[0]> = {}): Anthropic {
  return new Anthropic({ baseURL, apiKey: 'sk-test', ...options })
}

describe('trace 4.1, 856 bytes and a reset in the middle of an event', () => {
  const trace = readTrace('anthropic/rst-mid-sse-856')
  const texts = ['Reading the', ' proxy source now', ', then I will']

  test("create() yields every event and throws the SDK's own APIError with our sentence", async () => {
    const clientHasAll = Promise.withResolvers<void>()
    const upstream = await playTrace(trace, () => clientHasAll.promise)
    const gateway = await startTestGateway(upstream.url)
    const seen: string[] = []
    const error: unknown = await (async () => {
      for await (const event of await sdk(gateway.url).messages.create({ ...REQUEST, stream: true })) {
        if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue
        seen.push(event.delta.text)
        if (seen.length === texts.length) clientHasAll.resolve()
      }
      return 'a normal end'
    })().catch((thrown: unknown) => thrown)
    expect(seen).toEqual(texts)
    expectOurError(error)
    expect(upstream.counts).toEqual({ requests: 1, faults: 1 })
  })

  test('stream() keeps the partial message and rejects with the same error', async () => {
    const clientHasAll = Promise.withResolvers<void>()
    const upstream = await playTrace(trace, () => clientHasAll.promise)
    const gateway = await startTestGateway(upstream.url)
    const stream = sdk(gateway.url).messages.stream(REQUEST)
    stream.on('text', (_delta, snapshot) => {
      if (snapshot === texts.join('')) clientHasAll.resolve()
    })
    const error: unknown = await stream.finalMessage().catch((thrown: unknown) => thrown)
    expectOurError(error)
    expect(stream.currentMessage?.content).toMatchObject([{ type: 'text', text: texts.join('') }])
    expect(stream.currentMessage?.stop_reason).toBeNull()
    expect(upstream.counts).toEqual({ requests: 1, faults: 1 })
  })
})

describe('trace 4.2, 20 s of silence, opening events and a reset', () => {
  const trace = readTrace('anthropic/stall-20s-one-chunk-rst')

  test('nothing was committed: the SDK gets a 502 that it retries, and then our sentence', async () => {
    const upstream = await playTrace(trace, () => Promise.resolve())
    const gateway = await startTestGateway(upstream.url)
    const error: unknown = await sdk(gateway.url, { maxRetries: 1 })
      .messages.create({ ...REQUEST, stream: true })
      .then(
        () => 'a stream',
        (thrown: unknown) => thrown,
      )
    expect(error).toBeInstanceOf(InternalServerError)
    expect(error).toMatchObject({ status: 502, type: 'api_error', error: { error: { message: LOST } } })
    expect(upstream.counts).toEqual({ requests: 2, faults: 2 })
    expect(gateway.records.map(({ ending }) => ending)).toEqual(['error-status', 'error-status'])
  })

  test('the head was committed during the silence: the SDK gets the opening events and our error in band', async () => {
    const upstream = await playTrace(trace, () => Promise.resolve())
    const gateway = await startTestGateway(upstream.url, { commitAfterMs: '300', heartbeatMs: '200' })
    const types: string[] = []
    const error: unknown = await (async () => {
      const events = await sdk(gateway.url).messages.create({ ...REQUEST, stream: true })
      for await (const event of events) types.push(event.type)
      return 'a normal end'
    })().catch((thrown: unknown) => thrown)
    expect(types).toEqual(['message_start', 'content_block_start'])
    expectOurError(error)
    expect(upstream.counts).toEqual({ requests: 1, faults: 1 })
    expect((await gateway.record(1)).heartbeats).toBeGreaterThan(0)
  })
})

test('trace 4.3: every exchange before the idle close of the listener completes on its kept connection', async () => {
  const upstream = await playTrace(readTrace('listener/keepalive-idle-close-race'), () => Promise.resolve())
  const gateway = await startTestGateway(upstream.url, { listenerKeepaliveMs: '2000' })
  // As patient as the listener's own hint allows: without the two seconds of caution that undici takes by default.
  const dispatcher = new Agent({ keepAliveTimeoutThreshold: 100 })
  onTestFinished(() => dispatcher.destroy())
  const patientFetch = ((url: string, init: object) => fetchWithAgent(url, { ...init, dispatcher })) as unknown
  const client = sdk(gateway.url, { maxRetries: 0, fetch: patientFetch as typeof fetch })
  for (const idleMs of [0, 500, 1_000, 1_800]) {
    await sleep(idleMs)
    const message = await client.messages.stream(REQUEST).finalMessage()
    expect(message).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text', text: 'ok' }] })
  }
  expect(upstream.counts.requests).toBe(4)
})

test('a healthy stream gives the SDK its message', async () => {
  const upstream = await playTrace(readTrace('anthropic/complete-text-and-tool'), () => Promise.resolve())
  const gateway = await startTestGateway(upstream.url)
  const message = await sdk(gateway.url).messages.stream(REQUEST).finalMessage()
  expect(message.stop_reason).toBe('tool_use')
})

function expectOurError(error: unknown): void {
  expect(error).toBeInstanceOf(APIError)
  expect(error).toMatchObject({ status: undefined, type: 'api_error', error: { error: { message: LOST } } })
}
