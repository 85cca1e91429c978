import Anthropic, { APIError, InternalServerError } from '@anthropic-ai/sdk'
import { expect, test } from 'vitest'
import { playTrace, readTrace, type PlayedTrace } from './play-trace.ts'
import { startTestGateway, type TestGateway } from './test-gateway.ts'

/**
 * The incident of the trace below, at a twentieth of its time: a 200, 20 s of silence, the opening events, a reset. The limits are the defaults,
 * at a twentieth too.
 */
const DEFAULTS = { commitAfterMs: '500', heartbeatMs: '350', idleTimeoutMs: '12000', retryBackoffMs: '50' }
const incident = readTrace('anthropic/stall-20s-one-chunk-rst')
const healthy = readTrace('anthropic/complete-text-and-tool')
const REQUEST = {
  model: 'claude-sonnet-4-6',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hello' }],
} as const satisfies Omit<Anthropic.MessageCreateParams, 'stream'>

async function play(options: Readonly<Record<string, string>>): Promise<[PlayedTrace, TestGateway]> {
  const upstream = await playTrace(incident, () => Promise.resolve(), healthy)
  return [upstream, await startTestGateway(upstream.url, { ...DEFAULTS, ...options })]
}

/** What the SDK makes of it, without a retry of its own: the type of each event, and how it ends. */
async function ask(gateway: TestGateway): Promise<{ readonly types: string[]; readonly error: unknown }> {
  const client = new Anthropic({ baseURL: gateway.url, apiKey: 'sk-test', maxRetries: 0 })
  const types: string[] = []
  try {
    for await (const event of await client.messages.create({ ...REQUEST, stream: true })) types.push(event.type)
    return { types, error: undefined }
  } catch (error) {
    return { types, error }
  }
}

test('replayable: the SDK gets one complete answer and never learns of it; the upstream saw two requests', async () => {
  const [upstream, gateway] = await play({ retry: 'replayable' })
  const { types, error } = await ask(gateway)
  expect(error).toBeUndefined()
  expect(types.filter((type) => type === 'message_start')).toHaveLength(1)
  expect(types.at(-1)).toBe('message_stop')
  expect(upstream.counts).toEqual({ requests: 2, faults: 1 })
  expect(await gateway.record(1)).toMatchObject({
    ending: 'completed',
    attempts: [{ status: 200, fault: { kind: 'body-reset' }, retry: 'replay' }, { status: 200 }],
  })
})

test('stale-once, and commitAfterMs above the silence: a 502 that the SDK could retry', async () => {
  const [upstream, gateway] = await play({ retry: 'stale-once', commitAfterMs: '2000' })
  const { types, error } = await ask(gateway)
  expect(types).toEqual([])
  expect(error).toBeInstanceOf(InternalServerError)
  expect(error).toMatchObject({ status: 502, type: 'api_error' })
  expect(upstream.counts).toEqual({ requests: 1, faults: 1 })
})

test.each([
  ['stale-once with the default numbers', { retry: 'stale-once' }],
  ["commit: 'headers'", { retry: 'stale-once', commit: 'headers' }],
  ["commit: 'headers', also with replayable", { retry: 'replayable', commit: 'headers' }],
])('%s: the opening events, and a true error in band', async (_name, options) => {
  const [upstream, gateway] = await play(options)
  const { types, error } = await ask(gateway)
  expect(types).toEqual(['message_start', 'content_block_start'])
  expect(error).toBeInstanceOf(APIError)
  expect(error).toMatchObject({ status: undefined, type: 'api_error' })
  expect(upstream.counts).toEqual({ requests: 1, faults: 1 })
  expect(await gateway.record(1)).toMatchObject({ ending: 'error', fault: { kind: 'body-reset' } })
})
