import { createFault } from '@stopbit/faults'
import OpenAI, { APIError } from 'openai'
import { describe, expect, test } from 'vitest'
import { createFinalizer } from '../../finalizer/create-finalizer.ts'
import type { Finalizer } from '../../finalizer/finalizer.ts'
import type { EndingPolicy } from '../dialect.ts'
import { openaiResponses } from './index.ts'

const SENTENCE = 'The connection to the model API was lost before the response was complete. Try again.'
const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1, model: 'gpt', status: 'in_progress', output: [] }
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] }
const PART = { type: 'output_text', text: '', annotations: [], logprobs: [] }
const CALL = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'run', arguments: '', status: 'in_progress' }

/** Events with the numbers that the API gives them. */
function stream(...events: [type: string, fields: object][]): string[] {
  return events.map(
    ([type, fields], number) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number, ...fields })}\n\n`,
  )
}

const TEXT = stream(
  ['response.created', { response: RESPONSE }],
  ['response.in_progress', { response: RESPONSE }],
  ['response.output_item.added', { output_index: 0, item: MESSAGE }],
  ['response.content_part.added', { item_id: 'msg_1', output_index: 0, content_index: 0, part: PART }],
  [
    'response.output_text.delta',
    { item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'Grüße ', logprobs: [] },
  ],
  ['response.output_text.delta', { item_id: 'msg_1', output_index: 0, content_index: 0, delta: '👋', logprobs: [] }],
  [
    'response.output_text.done',
    { item_id: 'msg_1', output_index: 0, content_index: 0, text: 'Grüße 👋', logprobs: [] },
  ],
  [
    'response.content_part.done',
    { item_id: 'msg_1', output_index: 0, content_index: 0, part: { ...PART, text: 'Grüße 👋' } },
  ],
  [
    'response.output_item.done',
    { output_index: 0, item: { ...MESSAGE, status: 'completed', content: [{ ...PART, text: 'Grüße 👋' }] } },
  ],
  ['response.completed', { response: { ...RESPONSE, status: 'completed' } }],
)
const TOOL = stream(
  ['response.created', { response: RESPONSE }],
  ['response.output_item.added', { output_index: 0, item: CALL }],
  ['response.function_call_arguments.delta', { item_id: 'fc_1', output_index: 0, delta: '{"a":' }],
)

function start(ending: EndingPolicy = 'error'): Finalizer {
  return createFinalizer({ dialect: openaiResponses, request: {}, requestId: 'req_1', ending })
}

/** What a client gets when the upstream sends these bytes and is then cut. */
function cut(bytes: Uint8Array, ending: EndingPolicy = 'error'): { ending: string; sent: string; closing: string } {
  const finalizer = start(ending)
  const out: Buffer[] = []
  finalizer.push(bytes, (events) => out.push(Buffer.from(events)))
  const closing = finalizer.end(createFault('body-reset'))
  return { ending: closing.ending, sent: Buffer.concat(out).toString(), closing: Buffer.from(closing.bytes).toString() }
}

function cutAfter(events: readonly string[], count: number, ending?: EndingPolicy): ReturnType<typeof cut> {
  return cut(Buffer.from(events.slice(0, count).join('')), ending)
}

/** The events of a closing: type, number and data. */
function read(closing: string): { type: string; sequence_number: number; response?: Record<string, unknown> }[] {
  return closing
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^event: .*\ndata: /, '')) as never)
}

async function readWithSdk(body: string): Promise<{ types: string[]; error: unknown }> {
  const fetchStub = (): Promise<Response> =>
    Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
  const client = new OpenAI({ apiKey: 'k', fetch: fetchStub, maxRetries: 0 })
  const types: string[] = []
  try {
    for await (const event of await client.responses.create({ model: 'gpt', input: 'x', stream: true }))
      types.push(event.type)
    return { types, error: undefined }
  } catch (error) {
    return { types, error }
  }
}

test('a healthy stream passes byte for byte and is done', () => {
  const finalizer = start()
  const out: Buffer[] = []
  expect(finalizer.push(Buffer.from(TEXT.join('')), (bytes) => out.push(Buffer.from(bytes)))).toBe('ended')
  expect(Buffer.concat(out).toString()).toBe(TEXT.join(''))
  expect(finalizer.end()).toMatchObject({ ending: 'completed' })
  expect(finalizer.modelDataCount).toBe(3)
})

describe('error', () => {
  test('is the error event and response.failed, numbered on, with the snapshot and the finished items', () => {
    const { ending, closing } = cutAfter(TEXT, 9)
    const [error, failed] = read(closing)
    expect(ending).toBe('error')
    expect(error).toMatchObject({
      type: 'error',
      sequence_number: 9,
      error: { message: SENTENCE, code: 'upstream_connection_error' },
    })
    expect(failed).toMatchObject({ type: 'response.failed', sequence_number: 10 })
    expect(failed?.response).toMatchObject({
      id: 'resp_1',
      status: 'failed',
      error: { code: 'server_error', message: SENTENCE },
    })
    expect(failed?.response?.['output']).toMatchObject([{ id: 'msg_1', status: 'completed' }])
  })

  test('begins with response.created when nothing was sent', () => {
    expect(read(cutAfter(TEXT, 0).closing).map(({ type, sequence_number: number }) => [type, number])).toEqual([
      ['response.created', 0],
      ['error', 1],
      ['response.failed', 2],
    ])
  })

  test('never finishes the item that was cut', () => {
    expect(cutAfter(TOOL, 3).closing).not.toContain('output_item.done')
    expect(cutAfter(TOOL, 3).closing).not.toContain('arguments.done')
  })

  test("adds response.failed to the upstream's own error event, which Codex would not hear", () => {
    const own =
      'event: error\ndata: {"type":"error","sequence_number":6,"code":"rate_limit_exceeded","message":"Slow down"}\n\n'
    const { sent, closing } = cut(Buffer.from(TEXT.slice(0, 6).join('') + own))
    expect(sent.endsWith(own)).toBe(true)
    expect(read(closing)).toMatchObject([
      {
        type: 'response.failed',
        sequence_number: 7,
        response: { error: { code: 'rate_limit_exceeded', message: 'Slow down' } },
      },
    ])
  })

  test("adds nothing to the upstream's own response.failed", () => {
    const failed = stream([
      'response.failed',
      { response: { ...RESPONSE, status: 'failed', error: { code: 'server_error' } } },
    ])
    expect(cut(Buffer.from(failed.join('')))).toMatchObject({ ending: 'error', closing: '' })
  })

  test('after a cut at any byte, is what the SDK throws as its own APIError, with every whole event before it', async () => {
    const bytes = Buffer.from(TEXT.join(''))
    const completed = Buffer.byteLength(TEXT.join('')) // all of it: nothing can stand in for `response.completed`
    for (let at = 0; at < completed; at += 3) {
      const { sent, closing, ending } = cut(bytes.subarray(0, at))
      const { types, error } = await readWithSdk(sent + closing)
      const whole = sent.split('\n\n').length - 1
      expect(ending, `cut at ${at}`).toBe('error')
      expect(types.filter((type) => !type.endsWith('failed')).length, `cut at ${at}`).toBe(Math.max(whole, 1))
      expect(error, `cut at ${at}`).toBeInstanceOf(APIError)
      expect((error as APIError).message).toContain(SENTENCE)
    }
  })
})

describe('truncate', () => {
  test('closes the open text with what was sent, and ends as response.incomplete', async () => {
    const { ending, sent, closing } = cutAfter(TEXT, 6, 'truncate')
    expect(ending).toBe('truncated')
    const events = read(closing)
    expect(events.map(({ type }) => type)).toEqual([
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.incomplete',
    ])
    expect(events.map(({ sequence_number: number }) => number)).toEqual([6, 7, 8, 9])
    expect(events.at(-1)?.response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ id: 'msg_1', status: 'incomplete', content: [{ type: 'output_text', text: 'Grüße 👋' }] }],
    })
    expect((await readWithSdk(sent + closing)).error).toBeUndefined()
  })

  test.each([
    ['while a function call is open', TOOL, 3],
    [
      'once a function call has begun, though it is finished',
      [...TOOL, ...stream(['response.output_item.done', { output_index: 0, item: { ...CALL, status: 'completed' } }])],
      4,
    ],
    [
      'in reasoning',
      stream(
        ['response.created', { response: RESPONSE }],
        ['response.output_item.added', { output_index: 0, item: { type: 'reasoning', id: 'rs_1' } }],
      ),
      2,
    ],
    [
      'in a refusal',
      [
        ...TEXT.slice(0, 3),
        ...stream(['response.content_part.added', { output_index: 0, content_index: 0, part: { type: 'refusal' } }]),
      ],
      4,
    ],
    ['when nothing was sent', TEXT, 0],
  ])('is refused %s, and falls back to the error', (_name, events, count) => {
    const { ending, closing } = cutAfter(events, count, 'truncate')
    expect(ending).toBe('error')
    expect(closing).not.toContain('response.incomplete')
  })
})

test('keep-partial is the error: nothing that was not finished may look finished', () => {
  expect(cutAfter(TEXT, 6, 'keep-partial')).toMatchObject({ ending: 'error' })
})

test('the first data opens the gate: not created, in_progress, an added item, or an empty delta', () => {
  const finalizer = start()
  const push = (text: string | undefined): number => {
    finalizer.push(Buffer.from(text ?? ''), () => undefined)
    return finalizer.modelDataCount
  }
  expect(TEXT.slice(0, 4).map(push)).toEqual([0, 0, 0, 0])
  expect(push(TEXT[4]?.replace('Grüße ', ''))).toBe(0)
  expect(push(TEXT[4])).toBe(1)
})

test('an empty delta is no model data, also behind the first data', () => {
  const finalizer = start()
  const [, , , , delta = ''] = TEXT
  const empty = delta.replace('Grüße ', '')
  const numbered = (event: string, number: number): string =>
    event.replace('"sequence_number":4', `"sequence_number":${number}`)
  const events = [delta, empty, delta, numbered(empty, 10), numbered(delta, 11), numbered(empty, 100), empty]
  finalizer.push(Buffer.from(TEXT.slice(0, 4).join('') + events.join('')), () => undefined)
  expect(finalizer.modelDataCount).toBe(3)
})

test('an event is judged by its own name, whatever line endings it and its neighbours have', () => {
  const [created = '', , , , delta = ''] = TEXT
  const completed = (TEXT[9] ?? '').replaceAll('\n', '\r')
  const finalizer = start()
  finalizer.push(Buffer.from(created + delta + completed + delta), () => undefined)
  expect(finalizer.state.phase).toBe('done')
})

test('heartbeat is a comment until the end, and nothing once an id was seen', () => {
  const finalizer = start()
  expect(Buffer.from(finalizer.heartbeat() ?? []).toString()).toBe(': stopbit\n\n')
  finalizer.push(Buffer.from(`id: 7\n${TEXT[0]}`), () => undefined)
  expect(finalizer.heartbeat()).toBeUndefined()
})
