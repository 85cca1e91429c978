import { describe, expect, it } from 'vitest'
import { KnownBody } from '../src/load/known-body.ts'
import { Tally } from '../src/load/tally.ts'
import { scenarioOf, type Work } from '../src/scenarios.ts'
import { MessageReader } from '../src/wire/message-reader.ts'
import { buildStream, deltaEvent, OPENING_BYTES, readStamp, writeStamp } from '../src/wire/stream-body.ts'

const WORK: Extract<Work, { kind: 'saturated' }> = {
  kind: 'saturated',
  connections: 1,
  eventBytes: 180,
  eventsPerWrite: 3,
  eventsPerStream: 10,
  cutEvery: 0,
}
const { plain, writes } = buildStream(WORK)
const HEAD = Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
const ENCODED = Buffer.concat([HEAD, ...writes])

function tallyOf(parts: readonly Buffer[], end: 'whole' | 'cut' = 'whole'): Tally {
  const tally = new Tally()
  const isEventStart = (offset: number): boolean => (offset - OPENING_BYTES.length) % WORK.eventBytes === 0
  const body = new KnownBody(plain, isEventStart, tally)
  body.begin(200)
  for (const part of parts) body.take(part)
  body[end]()
  return tally
}

describe('MessageReader', () => {
  it('decodes a chunked stream, wherever it is cut', () => {
    for (let at = 1; at < ENCODED.length; at++) {
      const body: Buffer[] = []
      let ends = 0
      const reader = new MessageReader('response', {
        onHead: () => undefined,
        onBody: (bytes) => body.push(Buffer.from(bytes)),
        onEnd: () => ends++,
      })
      reader.push(ENCODED.subarray(0, at))
      reader.push(ENCODED.subarray(at))
      expect(ends).toBe(1)
      expect(Buffer.concat(body).equals(plain)).toBe(true)
    }
  })

  it('refuses what is no chunk', () => {
    const reader = new MessageReader('response', { onHead: () => 0, onBody: () => 0, onEnd: () => 0 })
    expect(() => reader.push(Buffer.concat([HEAD, Buffer.from('xyz\r\n')]))).toThrow('chunk size')
  })
})

describe('KnownBody', () => {
  const half = OPENING_BYTES.length + 5 * WORK.eventBytes
  const error = Buffer.from('event: error\ndata: {"type":"error"}\n\n')

  it('finds a whole body whole', () => {
    expect(tallyOf([plain.subarray(0, 77), plain.subarray(77)]).counts.complete).toBe(1)
  })

  it('finds one byte that is other than was sent', () => {
    const other = Buffer.from(plain)
    other[half] = 88
    expect(tallyOf([other]).counts).toMatchObject({ complete: 0, wrong: 1 })
  })

  it('finds a body short that ends well and too early', () => {
    expect(tallyOf([plain.subarray(0, half)]).counts.short).toBe(1)
  })

  it('finds the error event that ends a cut stream, wherever its first bytes are split', () => {
    for (let at = 0; at <= error.length; at++) {
      const parts = [plain.subarray(0, half), error.subarray(0, at), error.subarray(at)]
      expect(tallyOf(parts).counts).toMatchObject({ told: 1, wrong: 0 })
    }
  })

  it('counts a connection that ends before the body', () => {
    expect(tallyOf([plain.subarray(0, half)], 'cut').counts.cut).toBe(1)
  })
})

describe('a delta event', () => {
  it.for([180, 1024, 65_536])('is %i bytes long, and carries when it was sent', (eventBytes) => {
    const event = deltaEvent(7, eventBytes)
    writeStamp(event, 1_234_567_890)
    expect(event.length).toBe(eventBytes)
    expect(readStamp(event)).toBe(1_234_567_890)
    expect(JSON.parse(event.toString().split('data: ')[1] ?? '')).toMatchObject({ type: 'content_block_delta' })
  })
})

describe('scenarioOf()', () => {
  it('names all scenarios for one that there is not', () => {
    expect(() => scenarioOf('jason')).toThrow('json, prompts')
  })
})
