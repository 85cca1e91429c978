import { createFault } from '@stopbit/faults'
import { expect, test } from 'vitest'
import { type Dialect, ENDING_POLICIES } from '../dialects/dialect.ts'
import { gemini } from '../dialects/gemini/index.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { createFinalizer } from './create-finalizer.ts'

const MEBIBYTE = 1024 * 1024
const DIALECTS: Readonly<Record<string, Dialect>> = { gemini, 'openai-chat': openaiChat }

test.each([
  ['openai-chat', 'a\n'],
  ['openai-chat', 'a\r'],
  ['openai-chat', 'data:\n'],
  ['gemini', 'a\n'],
  ['gemini', 'data:\n'],
])('%s: of 12 MiB of an open event, of lines like %j, no more than 16 KiB is looked at', (id, line) => {
  const known = DIALECTS[id] ?? expect.unreachable()
  let lookedAt = -1
  const dialect: Dialect = {
    ...known,
    close(state, context) {
      lookedAt = context.openEvent.byteLength
      return known.close(state, context)
    },
  }
  const event = Buffer.from(line.repeat((12 * MEBIBYTE) / line.length))
  for (const ending of ENDING_POLICIES) {
    const fastest = fastestOf(() => {
      const finalizer = createFinalizer({ dialect, request: { choiceCount: 1 }, requestId: 'r', ending })
      for (let at = 0; at < event.length; at += MEBIBYTE)
        finalizer.push(event.subarray(at, at + MEBIBYTE), () => undefined)
      const started = performance.now()
      expect(finalizer.end(createFault('body-reset')).ending).toBe('error')
      return performance.now() - started
    })
    expect(lookedAt).toBe(16 * 1024)
    // It took one to three seconds, and half a gigabyte.
    expect(fastest).toBeLessThan(500)
  }
})

/** Of three times: a machine that has other work may stop anything for a while, but not each time. */
function fastestOf(measure: () => number): number {
  return Math.min(...Array.from({ length: 3 }, measure))
}

test('lines that mean nothing are no last event, however many there are of them', () => {
  const lines = Buffer.from('a\n'.repeat(6 * MEBIBYTE))
  const fastest = fastestOf(() => {
    const finalizer = createFinalizer({ dialect: openaiChat, request: { choiceCount: 1 }, requestId: 'r' })
    finalizer.push(lines, () => undefined)
    const started = performance.now()
    expect(finalizer.end().ending).toBe('error')
    return performance.now() - started
  })
  expect(fastest).toBeLessThan(500)
})

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
