import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { GzipDecoder } from './content-decoder.ts'

const TEXT = 'event: ping\ndata: {"type":"ping"}\n\n'.repeat(20)

test('GzipDecoder gives what can be read, however the bytes are cut', () => {
  const decoder = new GzipDecoder()
  const parts = [...gzipSync(TEXT)].map((byte) => decoder.feed(Uint8Array.of(byte)))
  expect(Buffer.concat(parts).toString()).toBe(TEXT)
  expect(decoder.isWhole).toBe(true)
})

test('GzipDecoder is not whole without its check sum, and gives nothing after bytes that are no gzip', () => {
  const cut = new GzipDecoder()
  cut.feed(gzipSync(TEXT).subarray(0, -4))
  expect(cut.isWhole).toBe(false)
  const plain = new GzipDecoder()
  expect(plain.feed(Buffer.from(TEXT))).toHaveLength(0)
  expect(plain.isWhole).toBe(false)
})
