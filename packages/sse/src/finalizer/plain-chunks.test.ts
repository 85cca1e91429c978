import { expect, test } from 'vitest'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { createFinalizer } from './create-finalizer.ts'
import type { Finalizer } from './finalizer.ts'

// Chunks of nothing but plain events pass before anything else of a stream is looked at.

const DELTA =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße"}}\n\n'
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'

/** A stream that stands behind its second delta: the first has to be read, and from the second on they are plain. */
function startPlain(): Finalizer {
  const finalizer = createFinalizer({ dialect: anthropicMessages, request: {}, requestId: 'req_1' })
  const opening =
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0"}}\n\n' +
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
  expect(pushTo(finalizer, opening + DELTA, DELTA)).toBe(opening + DELTA + DELTA)
  expect(finalizer).toMatchObject({ eventCount: 4, modelDataCount: 2 })
  return finalizer
}

function pushTo(finalizer: Finalizer, ...chunks: readonly string[]): string {
  const out: Uint8Array[] = []
  for (const chunk of chunks) finalizer.push(Buffer.from(chunk), (bytes) => out.push(bytes))
  return Buffer.concat(out).toString()
}

test('they go out as they are, and are counted', () => {
  const finalizer = startPlain()
  const chunk = Buffer.from(DELTA + DELTA)
  expect(finalizer.push(chunk, (bytes) => expect(bytes).toBe(chunk))).toBe('open')
  expect(finalizer).toMatchObject({ eventCount: 6, modelDataCount: 4, heldBytes: 0 })
})

test('of a chunk that ends within an event the whole ones go out, and the rest with the next', () => {
  const finalizer = startPlain()
  const [half, rest] = [DELTA.slice(0, 60), DELTA.slice(60)]
  expect(pushTo(finalizer, DELTA + half)).toBe(DELTA)
  expect(finalizer).toMatchObject({ eventCount: 5, heldBytes: half.length })
  expect(pushTo(finalizer, rest, DELTA)).toBe(DELTA + DELTA)
  expect(finalizer).toMatchObject({ eventCount: 7, modelDataCount: 5, heldBytes: 0 })
})

test('what looks like one within an open event goes out behind what is held', () => {
  for (const open of [': a comment', ': a comment\n']) {
    const finalizer = startPlain()
    expect(pushTo(finalizer, open)).toBe('')
    expect(pushTo(finalizer, DELTA)).toBe(open + DELTA)
  }
})

test('none goes out behind the terminal event, in a chunk of its own or with it', () => {
  const finalizer = startPlain()
  expect(pushTo(finalizer, DELTA + STOP + DELTA, DELTA)).toBe(DELTA + STOP)
  expect(finalizer).toMatchObject({ eventCount: 6, modelDataCount: 3, droppedBytes: 2 * Buffer.byteLength(DELTA) })
})

test('none goes out behind a terminal event that could not be written', () => {
  const finalizer = startPlain()
  const fail = (): never => {
    throw new Error('no room')
  }
  expect(() => finalizer.push(Buffer.from(STOP), fail)).toThrow('no room')
  expect(finalizer.push(Buffer.from(DELTA), () => expect.unreachable('a late delta went out'))).toBe('ended')
})
