import { createFault, FAULTS } from '@stopbit/faults'
import OpenAI, { APIError } from 'openai'
import { describe, expect, test } from 'vitest'
import { createFinalizer } from '../../finalizer/create-finalizer.ts'
import type { EndingPolicy } from '../dialect.ts'
import { openaiChat } from './index.ts'

type Chunk = OpenAI.ChatCompletionChunk

function chunk(choices: readonly object[], more: object = {}): string {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
  return `data: ${JSON.stringify({ ...head, choices, ...more })}\n\n`
}

function choice(delta: object, finishReason: string | null = null, index = 0): string {
  return chunk([{ index, delta, finish_reason: finishReason }])
}

function call(index: number, part: object): string {
  return choice({ tool_calls: [{ index, ...part }] })
}

const ROLE = choice({ role: 'assistant', content: '' })
const TEXT = [
  ROLE,
  choice({ content: 'Grüße' }),
  choice({ content: ' 👋 "q"\n' }),
  choice({ content: '!' }),
  choice({}, 'stop'),
]
const DONE = 'data: [DONE]\n\n'

interface Stream {
  readonly n: number
  readonly events: readonly string[]
  /** How many of the events it takes until every choice has its stop reason. */
  readonly stopsAfter: number
}

const STREAMS: Readonly<Record<string, Stream>> = {
  text: { n: 1, events: [...TEXT, DONE], stopsAfter: TEXT.length },
  'text in CRLF': {
    n: 1,
    events: [...TEXT, DONE].map((event) => event.replaceAll('\n', '\r\n')),
    stopsAfter: TEXT.length,
  },
  'text with usage': {
    n: 1,
    events: [': PROCESSING\n\n', ...TEXT, chunk([], { usage: { total_tokens: 9 } }), DONE],
    stopsAfter: TEXT.length + 1,
  },
  'two interleaved choices': {
    n: 2,
    events: [
      ROLE,
      choice({ role: 'assistant', content: '' }, null, 1),
      choice({ content: 'a' }),
      choice({ content: 'x' }, null, 1),
      choice({ content: 'b' }),
      choice({}, 'stop'),
      choice({ content: 'y' }, null, 1),
      choice({}, 'length', 1),
      DONE,
    ],
    stopsAfter: 8,
  },
  'parallel tool calls': {
    n: 1,
    events: [
      ROLE,
      call(0, { id: 't0', type: 'function', function: { name: 'f', arguments: '' } }),
      call(0, { function: { arguments: '{"city":' } }),
      call(1, { id: 't1', type: 'function', function: { name: 'g', arguments: '{' } }),
      call(0, { function: { arguments: '"Bern"}' } }),
      call(1, { function: { arguments: '}' } }),
      choice({}, 'tool_calls'),
      DONE,
    ],
    stopsAfter: 7,
  },
}

/** What a client gets of a stream whose first bytes arrive and whose connection is then reset. */
function cutAt(
  bytes: Buffer,
  cut: number,
  n: number,
  ending: EndingPolicy = 'error',
): { ending: string; sent: Buffer; all: Buffer } {
  const finalizer = createFinalizer({ dialect: openaiChat, request: { choiceCount: n }, requestId: 'req_1', ending })
  const out: Buffer[] = []
  // In two chunks, so that events are also put together from pieces.
  for (const part of [bytes.subarray(0, cut >> 1), bytes.subarray(cut >> 1, cut)]) {
    finalizer.push(part, (whole) => out.push(Buffer.from(whole)))
  }
  const sent = Buffer.concat(out)
  const closing = finalizer.end(createFault('body-reset'))
  return { ending: closing.ending, sent, all: Buffer.concat([sent, closing.bytes]) }
}

function clientOf(body: Uint8Array): OpenAI {
  const headers = { 'content-type': 'text/event-stream' }
  const respond = async (): Promise<Response> => new Response(Buffer.from(body), { headers })
  return new OpenAI({ apiKey: 'k', baseURL: 'http://model.test/v1', maxRetries: 0, fetch: respond })
}

const REQUEST = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }

/** All that the SDK's raw iterator yields, and what it throws. */
async function iterate(body: Uint8Array): Promise<{ chunks: Chunk[]; error: unknown }> {
  const chunks: Chunk[] = []
  try {
    const stream = await clientOf(body).chat.completions.create({ ...REQUEST, stream: true })
    for await (const one of stream) chunks.push(one)
    return { chunks, error: undefined }
  } catch (error) {
    return { chunks, error }
  }
}

function chunksIn(events: readonly string[]): unknown[] {
  const data = events.filter((event) => event.startsWith('data: {'))
  return data.map((event) => JSON.parse(event.slice('data: '.length)) as unknown)
}

describe.each(Object.entries(STREAMS))('%s', (_name, { n, events, stopsAfter }) => {
  const bytes = Buffer.from(events.join(''))
  const ends = events.map((_, i) => Buffer.byteLength(events.slice(0, i + 1).join('')))
  const isCrlf = events.join('').includes('\r')
  /** Whole events by a cut; the LF of the last CRLF decides nothing. */
  const wholeBy = (cut: number): number => ends.filter((end) => end - (isCrlf ? 1 : 0) <= cut).length

  test('cut at any byte, is an APIError with our sentence behind whole chunks, or complete after the last stop reason', async () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { ending, sent, all } = cutAt(bytes, cut, n)
      const whole = wholeBy(cut)
      const { chunks, error } = await iterate(all)
      expect(bytes.subarray(0, sent.length).equals(sent), `cut at ${cut}`).toBe(true)
      expect(chunks, `cut at ${cut}`).toEqual(chunksIn(events.slice(0, whole)))
      if (whole < stopsAfter) {
        expect(ending, `cut at ${cut}`).toBe('error')
        expect(error, `cut at ${cut}`).toBeInstanceOf(APIError)
        expect(error).toMatchObject({
          message: FAULTS['body-reset'].sentence,
          type: 'server_error',
          code: 'upstream_connection_error',
        })
        expect(all.includes('[DONE]')).toBe(false)
      } else {
        expect(ending, `cut at ${cut}`).toBe(whole === events.length ? 'completed' : 'completed-sentinel')
        expect(error, `cut at ${cut}`).toBeUndefined()
        expect(all.toString().trimEnd().endsWith('data: [DONE]')).toBe(true)
      }
    }
  }, 60_000)

  test("cut at any event, leaves the SDK's accumulator with an APIError, or with the whole answer", async () => {
    for (const cut of [0, ...ends]) {
      const { all } = cutAt(bytes, cut, n)
      const answer = clientOf(all)
        .chat.completions.stream({ ...REQUEST, n })
        .finalChatCompletion()
      if (wholeBy(cut) < stopsAfter) await expect(answer, `cut at ${cut}`).rejects.toBeInstanceOf(APIError)
      else expect((await answer).choices, `cut at ${cut}`).toHaveLength(n)
    }
  })

  test("cut at any event under truncate, is an answer of the SDK's accumulator that says length, or an APIError", async () => {
    const isCalling = events.some((event) => event.includes('tool_calls'))
    for (const cut of [0, ...ends]) {
      const { ending, all } = cutAt(bytes, cut, n, 'truncate')
      const answer = clientOf(all)
        .chat.completions.stream({ ...REQUEST, n })
        .finalChatCompletion()
      if (ending === 'error') {
        expect(cut < (ends[1] ?? 0) || isCalling, `cut at ${cut}`).toBe(true)
        await expect(answer, `cut at ${cut}`).rejects.toThrow(FAULTS['body-reset'].sentence)
        continue
      }
      const reasons = (await answer).choices.map((one) => one.finish_reason)
      expect(reasons, `cut at ${cut}`).toHaveLength(n)
      if (ending === 'truncated') expect(reasons, `cut at ${cut}`).toContain('length')
      else expect(wholeBy(cut), `cut at ${cut}`).toBeGreaterThanOrEqual(stopsAfter)
    }
  })
})

describe('an error of the upstream', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['plain', 'data: {"error":{"message":"Overloaded","type":"server_error"}}\n\n'],
    [
      'inside a chunk',
      chunk([{ index: 0, delta: { content: '' }, finish_reason: 'error' }], { error: { message: 'Overloaded' } }),
    ],
    ['by its object type', 'data: {"object":"error","message":"Overloaded","code":500}\n\n'],
    ['by its event name', 'event: error\ndata: {"message":"Overloaded"}\n\n'],
  ]

  test.each(forms)('%s, is an APIError with its own message', async (_name, event) => {
    const bytes = Buffer.from(TEXT[0] + event)
    const { ending, all } = cutAt(bytes, bytes.length, 1)
    expect(ending).toBe('error')
    const { chunks, error } = await iterate(all)
    expect(chunks).toHaveLength(1)
    expect(error).toBeInstanceOf(APIError)
    expect(String(error)).toContain('Overloaded')
    // Told by itself as well, for clients that miss it inside a chunk.
    expect(all.toString()).toContain('data: {"error":{"message":"Overloaded"')
  })
})
