import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFinalizer } from '../../finalizer/create-finalizer.ts'
import type { EndingPolicy } from '../dialect.ts'
import { anthropicMessages } from './index.ts'

const START =
  'event: message_start\ndata: {"type":"message_start","message":{}}\n\n' +
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'

function delta(text: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`
}

/** Whole deltas of all kinds, and what looks much like one. */
const EVENTS = [
  delta('a'),
  delta('Grüße 👋 \\n \\"'),
  delta('x'.repeat(1_500)),
  delta('x'.repeat(2_500)),
  delta('x'.repeat(5_000)),
  `${delta('x'.repeat(5_000)).slice(0, -2)}\ndata: \n\n`,
  delta('x'.repeat(5_000)).replace('x"}}', '":""}}'),
  delta('x'.repeat(5_000)).replace('x"}}\n', '":""}}\r\n'),
  delta(''),
  delta('a').replaceAll('\n', '\r\n'),
  delta('a').replace('data: {', 'data:{'),
  delta('a').replace('\n\n', '\nid: 1\n\n'),
  delta('a').replace('\n\n', '\ndata: \n\n'),
  delta('a').replace('text_delta', 'text\tdelta'),
  ': comment\n\n',
  'event: content_block_delta_2\ndata: {}\n\n',
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
]

function follow(chunks: readonly Uint8Array[], ending: EndingPolicy) {
  const finalizer = createFinalizer({ dialect: anthropicMessages, request: {}, requestId: 'r', ending })
  const out: Uint8Array[] = []
  for (const chunk of chunks) finalizer.push(chunk, (bytes) => out.push(bytes.slice()))
  const { eventCount, modelDataCount, state, droppedBytes, heldBytes } = finalizer
  return { out: Buffer.concat(out).toString(), eventCount, modelDataCount, phase: state.phase, droppedBytes, heldBytes }
}

test('deltas that are known by their bytes count as those that are read, in any chunks', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 12 })
  const ending = fc.constantFrom<EndingPolicy>('error', 'truncate')
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 }), sizes, ending, (events, cuts, policy) => {
      const bytes = Buffer.from(START + events.join(''))
      const chunks: Uint8Array[] = []
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i % cuts.length] ?? 1
        // Neither a Buffer nor at the beginning of its memory.
        chunks.push(new Uint8Array(bytes.buffer, bytes.byteOffset + at, Math.min(size, bytes.length - at)))
        at += size
      }
      // Byte by byte no event is ever seen in one piece, and so none is known by its bytes.
      expect(follow(chunks, policy)).toEqual(
        follow(
          [...bytes].map((byte) => Uint8Array.of(byte)),
          policy,
        ),
      )
    }),
    { numRuns: 500 },
  )
})

test('a delta that is cut is held, wherever it is cut', () => {
  const whole = Buffer.from(START + delta('a') + delta('b'))
  const next = Buffer.from(delta('c'))
  for (let cut = 1; cut < next.length; cut++) {
    const { out, heldBytes, modelDataCount } = follow([Buffer.concat([whole, next.subarray(0, cut)])], 'error')
    expect([out, heldBytes, modelDataCount]).toEqual([whole.toString(), cut, 2])
  }
})

test('a large delta that comes in pieces is handed out in them, without a copy', () => {
  const finalizer = createFinalizer({ dialect: anthropicMessages, request: {}, requestId: 'r' })
  finalizer.push(Buffer.from(START + delta('a')), () => undefined)
  const event = Buffer.from(delta('x'.repeat(20_000)))
  const pieces = [event.subarray(0, 9_000), event.subarray(9_000, 18_000), event.subarray(18_000)]
  const out: Uint8Array[] = []
  for (const piece of pieces) finalizer.push(piece, (bytes) => out.push(bytes))
  expect(out.map(({ byteOffset, byteLength }) => [byteOffset, byteLength])).toEqual(
    pieces.map(({ byteOffset, byteLength }) => [byteOffset, byteLength]),
  )
  expect([finalizer.eventCount, finalizer.modelDataCount, finalizer.heldBytes]).toEqual([4, 2, 0])
})
