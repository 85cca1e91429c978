import { createFault } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { createFinalizer } from '../finalizer/create-finalizer.ts'
import type { Dialect } from './dialect.ts'
import { opaque } from './opaque/index.ts'

describe('a sixth dialect is an object of the interface, and nothing else changes', () => {
  /** A toy: `data: bye` is its terminal event, `data: oops` its error. */
  const toy: Dialect = {
    ...opaque,
    id: 'toy',
    completeWith: 'terminal-event',
    recognizes: ({ data }) => data === 'hello',
    createScanner() {
      let phase: 'idle' | 'open' | 'done' = 'idle'
      let count = 0
      return {
        get state() {
          return { phase }
        },
        get modelDataCount() {
          return count
        },
        scan(bytes, start, end) {
          const text = Buffer.from(bytes.subarray(start, end)).toString()
          phase = text === 'data: bye\n\n' ? 'done' : 'open'
          count++
          return 'forward'
        },
      }
    },
    close: ({ phase }) =>
      phase === 'done'
        ? { ending: 'completed', bytes: new Uint8Array(0) }
        : { ending: 'error', bytes: Buffer.from('data: oops\n\n') },
  }

  test.each([
    ['data: hello\n\ndata: bye\n\n', 'completed', ''],
    ['data: hello\n\ndata: by', 'error', 'data: oops\n\n'],
  ])('%j ends as %s', (sent, ending, closing) => {
    const finalizer = createFinalizer({ dialect: toy, request: {}, requestId: 'req_1' })
    finalizer.push(Buffer.from(sent), () => undefined)
    const { ending: ended, bytes } = finalizer.end(createFault('body-reset'))
    expect([ended, Buffer.from(bytes).toString()]).toEqual([ending, closing])
  })
})

test('an event that a dialect withholds is left out, and its neighbours in the same chunk are not', () => {
  const picky: Dialect = {
    ...opaque,
    createScanner: () => ({
      state: { phase: 'open' },
      modelDataCount: 0,
      scan: (bytes, start, end) => (Buffer.from(bytes.subarray(start, end)).includes('no') ? 'withhold' : 'forward'),
    }),
  }
  const text = 'data: a\n\ndata: no\n\ndata: b\n\ndata: no\n\n'
  for (const size of [1, 7, text.length]) {
    const finalizer = createFinalizer({ dialect: picky, request: {}, requestId: 'req_1' })
    let out = ''
    for (let at = 0; at < text.length; at += size) {
      finalizer.push(Buffer.from(text.slice(at, at + size)), (bytes) => (out += Buffer.from(bytes).toString()))
    }
    expect(out).toBe('data: a\n\ndata: b\n\n')
  }
})

describe('a stream on a path that nobody knows is recognised by its first event', () => {
  test.each([
    ['anthropic-messages', 'event: message_start\ndata: {"type":"message_start","message":{}}\n\n'],
    [
      'openai-chat',
      'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n',
    ],
    [
      'openai-responses',
      'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{}}\n\n',
    ],
    ['gemini', 'data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]},"index":0}]}\r\n\r\n'],
    ['opaque', 'data: {"jsonrpc":"2.0"}\n\n'],
  ])('%s, also behind a comment', (id, event) => {
    for (const before of ['', ': OPENROUTER PROCESSING\n\n']) {
      const finalizer = createFinalizer({ dialect: opaque, request: {}, requestId: 'req_1' })
      finalizer.push(Buffer.from(before + event), () => undefined)
      expect(finalizer.dialect.id).toBe(id)
      expect(finalizer.end(createFault('body-reset')).ending).toBe(id === 'opaque' ? 'incomplete' : 'error')
    }
  })
})
