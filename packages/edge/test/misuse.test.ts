import { MemoryBudget, type ExchangeRecord } from '@stopbit/exchange'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createFetchHandler, type FetchHandler, type FetchHandlerOptions } from '../src/index.ts'

const LIMIT_BYTES = 1_000

/** A handler in front of an API that answers everything, and what it leaves. */
function handlerFor(
  options: Partial<FetchHandlerOptions> = {},
  answer: () => Promise<Response> = async () => Response.json({ ok: true }),
): { handler: FetchHandler; memory: MemoryBudget; records: ExchangeRecord[] } {
  const records: ExchangeRecord[] = []
  const memory = new MemoryBudget(LIMIT_BYTES)
  const upstream = { url: new URL('http://api.invalid'), fetch: answer }
  const onRecord = (record: ExchangeRecord): unknown => records.push(record)
  return { handler: createFetchHandler({ upstream, memory, onRecord, ...options }), memory, records }
}

/** What was written to `console.error`, and rejections that nobody has caught. */
function watchComplaints(): unknown[] {
  const complaints: unknown[] = []
  const spy = vi.spyOn(console, 'error').mockImplementation((thrown) => void complaints.push(thrown))
  const note = (): unknown => complaints.push('unhandledRejection')
  process.on('unhandledRejection', note)
  onTestFinished(() => {
    spy.mockRestore()
    process.off('unhandledRejection', note)
  })
  return complaints
}

const streamOf = (...chunks: unknown[]): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const each of chunks) controller.enqueue(each)
      controller.close()
    },
  })

const requestWith = (body: BodyInit): Request =>
  new Request('http://proxy.invalid/v1/messages', { method: 'POST', body, duplex: 'half' } as RequestInit)

test.each([
  ['only of text', ['{"a":', '1}']],
  ['of text behind bytes', [new TextEncoder().encode('{"a":'), '1}']],
])('a body that is a stream %s gets a 500, and spoils no account of memory', async (_name, chunks) => {
  const complaints = watchComplaints()
  const { handler, memory, records } = handlerFor()
  const response = await handler(requestWith(streamOf(...chunks)))
  expect([response.status, ((await response.json()) as { type: string }).type]).toEqual([500, 'error'])
  await handler.idle()
  expect(records).toMatchObject([{ fault: { kind: 'internal' }, misuse: expect.any(String) as string }])
  expect([memory.heldBytes, memory.change(LIMIT_BYTES + 1), complaints]).toEqual([0, false, []])
})

test('a body that somebody else holds, though unread, gets a 500, and its record says why', async () => {
  const { handler, records } = handlerFor()
  const request = requestWith('{}')
  request.body?.getReader()
  const response = await handler(request)
  expect([response.status, ((await response.json()) as { type: string }).type]).toEqual([500, 'error'])
  await handler.idle()
  expect(records).toMatchObject([{ misuse: expect.stringContaining('was read before') as string }])
})

test('an onRecord and an onStall that throw end nothing, and are told to the console', async () => {
  const complaints = watchComplaints()
  const [fromStall, fromRecord] = [new Error('from onStall'), new Error('from onRecord')]
  const mayEnd = Promise.withResolvers<void>()
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('one '))
      await mayEnd.promise
      controller.enqueue(new TextEncoder().encode('two'))
      controller.close()
    },
  })
  const { handler } = handlerFor(
    {
      exchange: { stallWarnMs: 20 },
      onStall: () => {
        mayEnd.resolve()
        throw fromStall
      },
      onRecord: () => Promise.reject(fromRecord),
    },
    async () => new Response(body, { headers: { 'content-type': 'text/plain' } }),
  )
  expect(await (await handler(requestWith('{}'))).text()).toBe('one two')
  await expect.poll(() => complaints).toEqual([fromStall, fromRecord])
})
