import { expect, test } from 'vitest'
import { resolveSend } from './resolve-send.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

test('resolveSend() writes a head with CRLF and a blank line', () => {
  const { writes } = resolveSend({ do: 'send', as: 'head', lines: ['HTTP/1.1 200 OK', 'a: b'] })
  expect(writes.map(text)).toEqual(['HTTP/1.1 200 OK\r\na: b\r\n\r\n'])
})

test('resolveSend() frames a chunk by its bytes, not its characters', () => {
  const { payload, writes } = resolveSend({ do: 'send', as: 'chunk', text: 'gäte' })
  expect(payload.length).toBe(5)
  expect(writes.map(text)).toEqual(['5\r\ngäte\r\n'])
})

test('resolveSend() cuts the payload before framing and the framed bytes after it', () => {
  const { payload, writes } = resolveSend({
    do: 'send',
    as: 'chunk',
    text: 'abcdef',
    truncateTo: 4,
    splitAt: [1, 4, 99],
  })
  expect(text(payload)).toBe('abcd')
  expect(writes.map(text)).toEqual(['4', '\r\na', 'bcd\r\n'])
})

test('resolveSend() makes one write per HTTP chunk of chunkBytes', () => {
  const { writes } = resolveSend({ do: 'send', as: 'chunk', text: 'abc', chunkBytes: 2 })
  expect(writes.map(text)).toEqual(['2\r\nab\r\n', '1\r\nc\r\n'])
})

test('resolveSend() writes events, JSON data as JSON, and base64 as bytes', () => {
  const events = resolveSend({ do: 'send', as: 'raw', sse: [{ event: 'a', data: { b: 1 } }, { data: '[DONE]' }] })
  expect(text(events.payload)).toBe('event: a\ndata: {"b":1}\n\ndata: [DONE]\n\n')
  expect([...resolveSend({ do: 'send', as: 'raw', base64: '/wA=' }).payload]).toEqual([255, 0])
})
