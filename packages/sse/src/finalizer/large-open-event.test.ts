import { createFault } from '@stopbit/faults'
import { expect, test, vi } from 'vitest'
import { type Dialect, ENDING_POLICIES } from '../dialects/dialect.ts'
import { gemini } from '../dialects/gemini/index.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { createFinalizer } from './create-finalizer.ts'

const LARGE_BYTES = 2 * 1024 * 1024
/** The beginning may be read more than once: for what it is, and for what it says. */
const READ_BYTES = 4 * 16 * 1024
const DIALECTS: Readonly<Record<string, Dialect>> = { gemini, 'openai-chat': openaiChat }

const FIRST: Readonly<Record<string, string>> = {
  gemini: 'data: {"candidates":[{"index":0,"content":{"parts":[{"text":"a"}]}}]}\n\n',
  'openai-chat': 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n',
}

test.each([
  ['openai-chat', 'a\n'],
  ['openai-chat', 'a\r'],
  ['openai-chat', 'data:\n'],
  ['gemini', 'a\n'],
  ['gemini', 'data:\n'],
])('%s: of 2 MiB of an open event, of lines like %j, no more than 16 KiB is looked at', (id, line) => {
  const dialect = DIALECTS[id] ?? expect.unreachable()
  const reads = ENDING_POLICIES.map((ending) => {
    const finalizer = createFinalizer({ dialect, request: { choiceCount: 1 }, requestId: 'r', ending })
    finalizer.push(Buffer.from(FIRST[id] + line.repeat(LARGE_BYTES / line.length)), () => undefined)
    return bytesRead(() => expect(finalizer.end(createFault('body-reset')).bytes.byteLength).toBeGreaterThan(0))
  })
  expect(Math.max(...reads)).toBeGreaterThan(0)
  expect(Math.max(...reads)).toBeLessThanOrEqual(READ_BYTES)
})

test('lines that mean nothing are no last event, however many there are of them', () => {
  const finalizer = createFinalizer({ dialect: openaiChat, request: { choiceCount: 1 }, requestId: 'r' })
  finalizer.push(Buffer.from('a\n'.repeat(LARGE_BYTES / 2)), () => undefined)
  expect(bytesRead(() => expect(finalizer.end().ending).toBe('error'))).toBeLessThanOrEqual(READ_BYTES)
})

/** How many bytes were made text of meanwhile, which is how they are looked at. */
function bytesRead(look: () => void): number {
  const decode = vi.spyOn(TextDecoder.prototype, 'decode')
  look()
  const read = decode.mock.calls.reduce((sum, [bytes]) => sum + (bytes?.byteLength ?? 0), 0)
  decode.mockRestore()
  return read
}

test('a last event above 16 KiB that lacks only its empty line is whole', () => {
  const finalizer = createFinalizer({ dialect: gemini, request: { choiceCount: 1 }, requestId: 'r' })
  const text = 'a'.repeat(40_000)
  const event = `data: {"candidates":[{"content":{"parts":[{"text":"${text}"}]},"finishReason":"STOP"}]}`
  finalizer.push(Buffer.from(event), () => undefined)
  const { ending, bytes } = finalizer.end()
  expect([ending, Buffer.from(bytes).toString()]).toEqual(['completed', `${event}\n\n`])
})

test.each(['gemini', 'openai-chat'])('%s: half of an error event is not handed on as what the upstream said', (id) => {
  const dialect = DIALECTS[id] ?? expect.unreachable()
  for (const half of ['{"error":{"code":429,"mess', '{"message":"Slow do', '[{"error"']) {
    const finalizer = createFinalizer({ dialect, request: { choiceCount: 1 }, requestId: 'r' })
    finalizer.push(Buffer.from(`event: error\ndata: ${half}`), () => undefined)
    const { ending, bytes } = finalizer.end()
    expect(ending).toBe('error')
    expect(Buffer.from(bytes).toString()).toContain('stopped before the response was complete')
  }
})
