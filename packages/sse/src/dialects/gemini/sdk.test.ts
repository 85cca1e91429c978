import { createFault, FAULTS } from '@stopbit/faults'
import { ApiError, GoogleGenAI } from '@google/genai'
import { describe, expect, test } from 'vitest'
import { createFinalizer } from '../../finalizer/create-finalizer.ts'
import type { Ending, Framing } from '../dialect.ts'
import { gemini } from './index.ts'

type Json = Readonly<Record<string, unknown>>

function chunk(parts: readonly Json[], more: Json = {}): Json {
  return { candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }], modelVersion: 'gemini-2.5-flash' }
}

const USAGE = { usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 3, totalTokenCount: 5 } }

/** One canonical stream each; `finishedWith` is how many chunks it takes until the last finish reason is through. */
const STREAMS: Readonly<Record<string, { chunks: readonly Json[]; choiceCount: number; finishedWith: number }>> = {
  text: {
    chunks: [
      chunk([{ text: 'Grüße 👋' }]),
      chunk([{ text: ' "and\\\n' }]),
      chunk([{ text: 'on' }], { finishReason: 'STOP' }),
    ],
    choiceCount: 1,
    finishedWith: 3,
  },
  thinking: {
    chunks: [
      chunk([{ text: 'hm', thought: true }]),
      chunk([{ text: 'aha', thought: true }]),
      chunk([{ text: 'Yes' }]),
      chunk([{ text: '', thoughtSignature: 'AA==' }], { finishReason: 'STOP' }),
    ],
    choiceCount: 1,
    finishedWith: 4,
  },
  'two candidates': {
    chunks: [
      chunk([{ text: 'A' }]),
      chunk([{ text: 'B' }], { index: 1 }),
      chunk([{ text: 'a' }], { finishReason: 'STOP' }),
      chunk([{ text: 'b' }], { index: 1, finishReason: 'MAX_TOKENS' }),
    ],
    choiceCount: 2,
    finishedWith: 4,
  },
  'function calls': {
    chunks: [
      chunk([{ text: 'Let me see' }]),
      chunk([{ functionCall: { name: 'f', args: { city: 'San "Fr}]' } } }, { functionCall: { name: 'g', args: {} } }]),
      chunk([{ text: '' }], { finishReason: 'STOP' }),
    ],
    choiceCount: 1,
    finishedWith: 3,
  },
  'usage behind the finish reason': {
    chunks: [chunk([{ text: 'Hi' }]), chunk([{ text: '' }], { finishReason: 'STOP' }), USAGE],
    choiceCount: 1,
    finishedWith: 2,
  },
}

interface Cut {
  readonly body: Buffer
  readonly ending: Ending
}

/** What a client gets of a stream that is cut behind `bytes`: by a reset, or, with `isClean`, by an early end. */
function cutBehind(bytes: Buffer, choiceCount: number, framing: Framing, isClean = false): Cut {
  const finalizer = createFinalizer({ dialect: gemini, framing, request: { choiceCount }, requestId: 'req_1' })
  const out: Uint8Array[] = []
  finalizer.push(bytes, (part) => out.push(part))
  const closing = finalizer.end(isClean ? undefined : createFault('body-reset'))
  return { body: Buffer.concat([...out, closing.bytes]), ending: closing.ending }
}

interface Read {
  readonly parts: readonly unknown[]
  readonly error: unknown
  readonly requestCount: number
}

/** Lets the SDK read bodies, one for each request that it makes. */
async function readWithSdk(...bodies: readonly Buffer[]): Promise<Read> {
  let requestCount = 0
  const answer = async (): Promise<Response> => {
    const body = bodies[Math.min(requestCount++, bodies.length - 1)]
    return new Response(body === undefined ? null : new Uint8Array(body), {
      headers: { 'content-type': 'text/event-stream' },
    })
  }
  const ai = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch: answer } })
  const parts: unknown[] = []
  try {
    for await (const { candidates, usageMetadata } of await ai.models.generateContentStream({
      model: 'm',
      contents: 'Hi',
    })) {
      const [candidate] = candidates ?? []
      parts.push({
        parts: candidate?.content?.parts,
        finishReason: candidate?.finishReason,
        usage: usageMetadata !== undefined,
      })
    }
    return { parts, error: undefined, requestCount }
  } catch (error) {
    return { parts, error, requestCount }
  }
}

function isPrefixOf(parts: readonly unknown[], whole: readonly unknown[]): void {
  expect(parts).toEqual(whole.slice(0, parts.length))
}

describe.each(Object.entries(STREAMS))('%s, cut at every byte', (_name, { chunks, choiceCount, finishedWith }) => {
  test.each(['\n', '\r\n'])(
    'is read by the SDK as whole events and our ApiError, or as whole, with %j',
    async (eol) => {
      const events = chunks.map((one) => `data: ${JSON.stringify(one)}${eol}${eol}`)
      const bytes = Buffer.from(events.join(''))
      const lastFinish = Buffer.byteLength(events.slice(0, finishedWith).join(''))
      const whole = await readWithSdk(bytes)
      expect(whole.error).toBeUndefined()
      expect(whole.parts).toHaveLength(chunks.length)
      for (let cut = 0; cut <= bytes.length; cut++) {
        for (const isClean of [false, true]) {
          const { body, ending } = cutBehind(bytes.subarray(0, cut), choiceCount, 'event-stream', isClean)
          // Behind a clean end, line endings decide nothing; else only the last LF does not. The finalizer adds them.
          const finishedAt = lastFinish - (isClean ? 2 * eol.length : eol.length - 1)
          const isFinished = cut >= finishedAt
          expect(ending, `cut at ${cut}`).toBe(isFinished ? 'completed' : 'error')
          if (isClean && cut % 7 !== 0 && Math.abs(cut - lastFinish) > 5) continue // the same bytes but for the sentence
          const { parts, error } = await readWithSdk(body)
          isPrefixOf(parts, whole.parts)
          if (isFinished) {
            expect(error).toBeUndefined()
            expect(parts.length).toBeGreaterThanOrEqual(finishedWith)
          } else {
            expect(error).toBeInstanceOf(ApiError)
            expect(error).toMatchObject({ status: 503 })
            expect(String(error)).toContain(FAULTS[isClean ? 'body-truncated' : 'body-reset'].sentence)
            const sentCount = events.filter(
              (_, i) => cut >= Buffer.byteLength(events.slice(0, i + 1).join('')) - (eol.length - 1),
            ).length
            expect(parts, `cut at ${cut}`).toHaveLength(sentCount)
          }
        }
      }
    },
  )

  test('is valid JSON in array mode, with our error as its last element, or whole', () => {
    const elements = chunks.map((one) => JSON.stringify(one, null, 2))
    const text = `[${elements.join('\r\n,\r\n')}\r\n]\n`
    const bytes = Buffer.from(text)
    const finishedAt = Buffer.byteLength(`[${elements.slice(0, finishedWith).join('\r\n,\r\n')}`)
    const bracketAt = bytes.length - 1
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { body, ending } = cutBehind(bytes.subarray(0, cut), choiceCount, 'json-array')
      const read: unknown = JSON.parse(body.toString())
      if (!Array.isArray(read)) throw new Error(`no array at ${cut}`)
      if (cut >= finishedAt) {
        expect(ending, `cut at ${cut}`).toBe(cut >= bracketAt ? 'completed' : 'completed-sentinel')
        expect(read.length).toBeGreaterThanOrEqual(finishedWith)
        expect(read).toEqual(chunks.slice(0, read.length))
      } else {
        expect(ending, `cut at ${cut}`).toBe('error')
        const error = { code: 503, message: FAULTS['body-reset'].sentence, status: 'UNAVAILABLE' }
        expect(read).toEqual([...chunks.slice(0, read.length - 1), { error }])
      }
      if (cut === bytes.length) expect(body.equals(bytes)).toBe(true)
    }
  })

  test('passes byte for byte when it is whole, in any chunking', () => {
    const stream = chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join('')
    const array = `[${chunks.map((one) => JSON.stringify(one)).join('\r\n,')}\r\n]`
    for (const [framing, text] of [
      ['event-stream', stream],
      ['json-array', array],
    ] as const) {
      for (const size of [1, 2, 7, 64, 100_000]) {
        const finalizer = createFinalizer({ dialect: gemini, framing, request: { choiceCount }, requestId: 'req_1' })
        const bytes = Buffer.from(text)
        const out: Uint8Array[] = []
        for (let at = 0; at < bytes.length; at += size)
          finalizer.push(bytes.subarray(at, at + size), (part) => out.push(part))
        expect(Buffer.concat(out).toString()).toBe(text)
        const { ending, bytes: added } = finalizer.end()
        expect([ending, added.byteLength]).toEqual(['completed', 0])
      }
    }
  })
})

describe('the SDK', () => {
  const text = Buffer.from(`data: ${JSON.stringify(chunk([{ text: 'Hi' }]))}\r\n\r\n`)

  test.each([
    ['with an event line', 'event: error\r\ndata: {"error":{"code":429,"message":"slow down"}}\r\n\r\n'],
    ['behind a comment', ': c\r\ndata: {"error":{"code":429,"message":"slow down"}}\r\n\r\n'],
    ['with its code as a text', 'data: {"error":{"code":"429","message":"slow down"}}\r\n\r\n'],
    ['as plain JSON', '{\r\n"error":{"code":429,"message":"slow down"}\r\n}\r\n\r\n'],
  ])("reads the upstream's error %s, which it would have dropped or missed", async (_name, error) => {
    const unaided = Buffer.concat([text, Buffer.from(error)])
    expect((await readWithSdk(unaided)).error).toBeUndefined()
    const { body, ending } = cutBehind(unaided, 1, 'event-stream', true)
    expect(ending).toBe('error')
    const read = await readWithSdk(body)
    expect(read.parts).toHaveLength(1)
    expect(read.error).toBeInstanceOf(ApiError)
    expect(read.error).toMatchObject({ status: 429, message: expect.stringContaining('slow down') })
  })

  test('resumes by itself behind our error once it has a continuationToken', async () => {
    const token = chunk([{ text: 'Hi' }], { continuationToken: 't' })
    const cut = cutBehind(Buffer.from(`data: ${JSON.stringify(token)}\r\n\r\n`), 1, 'event-stream')
    const rest = Buffer.from(`data: ${JSON.stringify(chunk([{ text: '!' }], { finishReason: 'STOP' }))}\r\n\r\n`)
    const read = await readWithSdk(cut.body, rest)
    expect(read).toMatchObject({ error: undefined, requestCount: 2 })
    expect(read.parts).toHaveLength(2)
  })

  test('reads on over a heartbeat', async () => {
    const finalizer = createFinalizer({ dialect: gemini, request: { choiceCount: 1 }, requestId: 'req_1' })
    const before = finalizer.heartbeat() ?? expect.unreachable()
    finalizer.push(text, () => undefined)
    const between = finalizer.heartbeat() ?? expect.unreachable()
    const read = await readWithSdk(
      Buffer.concat([before, text, between, text, between, finalizer.end(createFault('body-reset')).bytes]),
    )
    expect(read.parts).toHaveLength(2)
    expect(read.error).toBeInstanceOf(ApiError)
  })

  test('reads a truncated answer as MAX_TOKENS', async () => {
    const finalizer = createFinalizer({
      dialect: gemini,
      request: { choiceCount: 1 },
      requestId: 'req_1',
      ending: 'truncate',
    })
    finalizer.push(text, () => undefined)
    const read = await readWithSdk(Buffer.concat([text, finalizer.end(createFault('body-reset')).bytes]))
    expect(read.error).toBeUndefined()
    expect(read.parts.at(-1)).toMatchObject({ finishReason: 'MAX_TOKENS' })
  })
})
