import { createFault } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { BytePattern, viewOnce } from '../framing/byte-pattern.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { gemini } from '../dialects/gemini/index.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { createFinalizer } from './create-finalizer.ts'

/** Reads whole events into the same memory again and again, as `onread` of `node:net` does. */
function readInto(memory: Uint8Array, dialect: Dialect, events: readonly string[]) {
  const finalizer = createFinalizer({ dialect, request: { choiceCount: 1 }, requestId: 'req_1' })
  let out = ''
  for (const event of events) {
    const bytes = Buffer.from(event)
    memory.set(bytes)
    finalizer.push(memory.subarray(0, bytes.length), (part) => (out += Buffer.from(part).toString()))
    memory.fill(0x20)
  }
  return { finalizer, out, closing: Buffer.from(finalizer.end(createFault('body-reset')).bytes).toString() }
}

const MEMORIES = [
  ['a Buffer', () => Buffer.alloc(1_000)],
  ['a Uint8Array', () => new Uint8Array(1_000)],
] as const

describe.each(MEMORIES)('a reader that reads whole events into %s that it uses again', (_name, memory) => {
  const chat = (text: string, tail = ''): string =>
    `data: {"choices":[{"index":0,"delta":{"content":"${text}"}}],"usage":{"n":5}${tail}}\n\n`

  test('never makes an error of the upstream pass as text', () => {
    const failed = chat('c', ',"error":{"message":"boom"}')
    const events = [chat('a'), chat('b'), failed]
    const { finalizer, out } = readInto(memory(), openaiChat, events)
    expect(out).toBe(events.join(''))
    expect(finalizer.state).toMatchObject({ phase: 'failed' })
  })

  test('never makes a finish reason pass as text', () => {
    const candidate = (text: string, more = ''): string =>
      `data: {"candidates":[{"content":{"parts":[{"text":"${text}"}]}${more}}],"usageMetadata":{"n":5}}\n\n`
    const events = [candidate('a'), candidate('b'), candidate('c'), candidate('d', ',"finishReason":"STOP"')]
    expect(readInto(memory(), gemini, events).finalizer.state).toMatchObject({ phase: 'stopping' })
  })

  test('gets a closing that goes on counting where the last delta was', () => {
    const delta = (number: number): string =>
      `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":${number},"delta":"a"}\n\n`
    const { closing } = readInto(memory(), openaiResponses, [delta(7), delta(8), delta(41)])
    expect(closing).toContain('"sequence_number":42')
    expect(closing).toContain('"sequence_number":43')
  })
})

test('a closing goes on counting behind a delta that lacked only the LF of its last CRLF', () => {
  const finalizer = createFinalizer({ dialect: openaiResponses, request: {}, requestId: 'r' })
  const delta = (number: number): string =>
    `event: response.output_text.delta\r\ndata: {"type":"response.output_text.delta","sequence_number":${number},"delta":"a"}\r\n\r\n`
  finalizer.push(Buffer.from((delta(1) + delta(2) + delta(8)).slice(0, -1)), () => undefined)
  const text = Buffer.from(finalizer.end(createFault('body-reset')).bytes).toString()
  expect(text.match(/"sequence_number":\d+/g)?.map((number) => number.slice(18))).toEqual(['8', '9', '10', '11'])
})

test('a closing goes on counting the same in any chunking, though some events have no number', () => {
  const delta = (number: string): string =>
    `event: response.output_text.delta\ndata: {"type":"response.output_text.delta",${number}"delta":"a"}\n\n`
  const numbered = [1, 2, 41].map((number) => delta(`"sequence_number":${number},`))
  const others = [
    delta(''),
    'data: {"type":"response.x"}\n\n',
    ': c\n\n',
    delta(`"sequence_number":${'9'.repeat(400)},`),
  ]
  for (const other of others) {
    const bytes = Buffer.from([...numbered, other].join(''))
    const closings = [1, 7, 100, bytes.length].map((size) => {
      const finalizer = createFinalizer({ dialect: openaiResponses, request: {}, requestId: 'r' })
      for (let at = 0; at < bytes.length; at += size) finalizer.push(bytes.subarray(at, at + size), () => undefined)
      return Buffer.from(finalizer.end(createFault('body-reset')).bytes).toString()
    })
    expect(new Set(closings).size).toBe(1)
    expect(closings[0]).toMatch(/"sequence_number":\d+,/)
  }
})

test('a pattern is what its bytes were, whatever becomes of them', () => {
  for (const length of [3, 7, 8, 30]) {
    const bytes = Buffer.alloc(length, 'a')
    const pattern = new BytePattern(bytes)
    const same = new Uint8Array(bytes)
    bytes.fill('b')
    expect(pattern.isAt(viewOnce(same), 0, length)).toBe(true)
    expect(pattern.isAt(viewOnce(bytes), 0, length)).toBe(false)
  }
})

test('an event that was too large is told by a copy of its beginning', () => {
  const finalizer = createFinalizer({
    dialect: openaiChat,
    request: {},
    requestId: 'r',
    ending: 'truncate',
    maxEventBytes: 9,
  })
  finalizer.push(Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'), () => undefined)
  const bytes = Buffer.from('data: {"error":{"message":"m"')
  expect(finalizer.push(bytes, () => undefined)).toBe('event-too-large')
  bytes.fill(' ')
  expect(finalizer.end(createFault('bad-framing')).ending).toBe('error')
})
