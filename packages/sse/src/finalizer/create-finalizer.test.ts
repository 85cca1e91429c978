import { createFault } from '@stopbit/faults'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { opaque } from '../dialects/opaque/index.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { createFinalizer } from './create-finalizer.ts'
import type { Finalizer } from './finalizer.ts'

const EVENTS = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0","usage":{"input_tokens":1,"output_tokens":1}}}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  ': a comment\n\n',
  'event: ping\ndata: {"type":"ping"}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße 👋"}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" and on"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
]
const STREAM = EVENTS.join('')
const STOP_SEEN = EVENTS.slice(0, 8).join('')

function start(dialect: Dialect = anthropicMessages, maxEventBytes?: number): Finalizer {
  return createFinalizer({
    dialect,
    request: {},
    requestId: 'req_1',
    maxEventBytes,
  })
}

/** Pushes the chunks and returns what came out, as text. */
function pushAll(finalizer: Finalizer, chunks: readonly Uint8Array[]): string {
  const out: Buffer[] = []
  for (const chunk of chunks) finalizer.push(chunk, (bytes) => out.push(Buffer.from(bytes)))
  return Buffer.concat(out).toString()
}

function chunksOf(text: string | Buffer, size: number): Buffer[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

function closingText(finalizer: Finalizer, cut = true): { ending: string; text: string } {
  const { ending, bytes } = finalizer.end(cut ? createFault('body-reset') : undefined)
  return { ending, text: Buffer.from(bytes).toString() }
}

const ERROR_EVENT =
  'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"The connection to the model API was lost before the response was complete. Try again."},"request_id":"req_1"}\n\n'

describe('push()', () => {
  test.each(['\n', '\r\n', '\r'])('hands a healthy stream out byte for byte, in any chunks, with %j', (eol) => {
    const stream = STREAM.replaceAll('\n', eol)
    const oneEach = EVENTS.map((event) => Buffer.from(event.replaceAll('\n', eol)))
    for (const chunks of [oneEach, ...[1, 2, 7, 64, 100_000].map((size) => chunksOf(stream, size))]) {
      const finalizer = start()
      expect(pushAll(finalizer, chunks)).toBe(stream)
      expect(finalizer.state.phase).toBe('done')
      expect(closingText(finalizer)).toEqual({ ending: 'completed', text: '' })
    }
  })

  test('shares memory with its input when a chunk holds whole events', () => {
    const chunk = Buffer.from(EVENTS.slice(0, 5).join(''))
    const out: Uint8Array[] = []
    start().push(chunk, (bytes) => out.push(bytes))
    expect(out).toEqual([chunk])
    expect(out[0]).toBe(chunk)
  })

  test('keeps an open event back until its last byte is there', () => {
    const finalizer = start()
    const bytes = Buffer.from(EVENTS[0] ?? '')
    expect(pushAll(finalizer, [bytes.subarray(0, -1)])).toBe('')
    expect(pushAll(finalizer, [bytes.subarray(-1)])).toBe(EVENTS[0])
  })

  test('answers ended at the terminal event, and drops and counts what follows', () => {
    const finalizer = start()
    const late = 'event: ping\ndata: {"type":"ping"}\n\n'
    expect(finalizer.push(Buffer.from(STREAM + late), () => undefined)).toBe('ended')
    expect(finalizer.push(Buffer.from(late), () => expect.unreachable('a late event went out'))).toBe('ended')
    expect(finalizer.droppedBytes).toBe(2 * late.length)
  })

  test('answers event-too-large beyond maxEventBytes, and hands nothing of that event out', () => {
    const finalizer = start(anthropicMessages, 100)
    const out: Uint8Array[] = []
    expect(finalizer.push(Buffer.from(`data: ${'x'.repeat(80)}`), (bytes) => out.push(bytes))).toBe('open')
    expect(finalizer.push(Buffer.from('x'.repeat(80)), (bytes) => out.push(bytes))).toBe('event-too-large')
    expect(out).toEqual([])
    expect(finalizer.end(createFault('bad-framing')).ending).toBe('error')
  })

  test('counts events and model data, but takes no empty delta, ping or comment for model data', () => {
    const finalizer = start()
    pushAll(finalizer, [Buffer.from(EVENTS.slice(0, 4).join(''))])
    expect(finalizer).toMatchObject({ eventCount: 4, modelDataCount: 0 })
    const empty = (EVENTS[4] ?? '').replace('Grüße 👋', '')
    pushAll(finalizer, [Buffer.from(empty)])
    expect(finalizer.modelDataCount).toBe(0)
    pushAll(finalizer, [Buffer.from(EVENTS[4] ?? ''), Buffer.from(empty), Buffer.from(EVENTS[5] ?? '')])
    expect(finalizer).toMatchObject({ eventCount: 8, modelDataCount: 2 })
  })
})

describe('end()', () => {
  test('after a cut at any byte, sends one error event behind whole events, or only the missing sentinel', () => {
    for (const eol of ['\n', '\r\n']) {
      const bytes = Buffer.from(STREAM.replaceAll('\n', eol))
      const stopSeen = Buffer.from(STOP_SEEN.replaceAll('\n', eol)).length
      // The LF of the last CRLF decides nothing: the event is whole without it, and the finalizer adds it.
      for (let cut = 0; cut < bytes.length - (eol.length - 1); cut++) {
        const finalizer = start()
        const sent = pushAll(finalizer, [bytes.subarray(0, cut)])
        const { ending, text } = closingText(finalizer)
        const whole = sent + text
        if (cut >= stopSeen - (eol.length - 1)) {
          expect(ending, `cut at ${cut}`).toBe('completed-sentinel')
          expect(whole).toBe(STREAM.replaceAll('\n', eol))
        } else {
          const firstLineEnd = bytes.indexOf(eol) + eol.length
          const error = cut < firstLineEnd ? ERROR_EVENT : ERROR_EVENT.replaceAll('\n', eol)
          expect(ending, `cut at ${cut}`).toBe('error')
          expect(whole.slice(-error.length), `cut at ${cut}`).toBe(error)
          expect(bytes.toString().startsWith(whole.slice(0, -error.length)), `cut at ${cut}`).toBe(true)
        }
      }
    }
  })

  test('after a clean end takes a terminal event that lacks only its empty line', () => {
    for (const missing of [1, 2]) {
      const finalizer = start()
      const sent = pushAll(finalizer, [Buffer.from(STREAM.slice(0, -missing))])
      const { ending, text } = closingText(finalizer, false)
      expect(ending).toBe('completed')
      expect((sent + text).trimEnd()).toBe(STREAM.trimEnd())
    }
  })

  test('after a clean end takes no half terminal event for a whole one', () => {
    const finalizer = start()
    const noStopReason = STREAM.replace(EVENTS[7] ?? '', '')
    pushAll(finalizer, [Buffer.from(noStopReason.slice(0, -4))])
    expect(closingText(finalizer, false)).toMatchObject({ ending: 'error' })
  })

  test('adds nothing to an error event of the upstream itself', () => {
    const finalizer = start()
    pushAll(finalizer, [
      Buffer.from('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n'),
    ])
    expect(finalizer.state).toMatchObject({ phase: 'failed', errorType: 'overloaded_error' })
    expect(closingText(finalizer)).toEqual({ ending: 'error', text: '' })
  })

  test('says an error again that came without its event line: the SDK would have dropped it and ended in silence', () => {
    const data = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    for (const size of [1, 1_000]) {
      const finalizer = start()
      const sent = pushAll(finalizer, chunksOf(`${EVENTS[0]}data: ${data}\n\n: later\n\n`, size))
      expect(sent).toBe(EVENTS[0])
      expect(finalizer.state).toMatchObject({ phase: 'failed', errorType: 'overloaded_error' })
      expect(closingText(finalizer)).toEqual({ ending: 'error', text: `event: error\ndata: ${data}\n\n` })
    }
  })

  test.each([
    ['an error event', 'event: err'],
    ['another block', 'event: content_block_start\ndata: {"type'],
    ['an event without a name', 'data: {"ty'],
  ])('adds no sentinel when %s was cut after the stop reason', (_name, cut) => {
    const finalizer = start()
    pushAll(finalizer, [Buffer.from(STOP_SEEN + cut)])
    expect(closingText(finalizer)).toMatchObject({ ending: 'error' })
  })

  test.each(['', 'eve', 'event: mess', 'event: message_stop\nda', ': comm', 'event: pi'])(
    'adds the sentinel when %j was cut after the stop reason',
    (cut) => {
      const finalizer = start()
      pushAll(finalizer, [Buffer.from(STOP_SEEN + cut)])
      expect(closingText(finalizer)).toMatchObject({ ending: 'completed-sentinel' })
    },
  )

  test('adds no sentinel to a message that never began, or whose open block has no index', () => {
    const headless = start()
    pushAll(headless, [Buffer.from(EVENTS[7] ?? '')])
    expect(closingText(headless)).toMatchObject({ ending: 'error' })
    const unnamed = start()
    const block =
      'event: content_block_start\ndata: {"type":"content_block_start","index":"0","content_block":{"type":"tool_use"}}\n\n'
    pushAll(unnamed, [Buffer.from(`${EVENTS[0]}${block}${EVENTS[7]}`)])
    expect(closingText(unnamed)).toMatchObject({ ending: 'error' })
  })

  test("hands out the upstream's own error if it lacks only its empty line at a clean end, whatever the policy", () => {
    const own = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n'
    for (const ending of ['error', 'truncate'] as const) {
      const finalizer = createFinalizer({ dialect: anthropicMessages, request: {}, requestId: 'req_1', ending })
      pushAll(finalizer, [Buffer.from(EVENTS.slice(0, 5).join('') + own)])
      const { ending: ended, text } = closingText(finalizer, false)
      expect(ended).toBe('error')
      expect(text.trimEnd()).toBe(own.trimEnd())
    }
  })

  test('adds no sentinel when an event after the stop reason was too large to be known', () => {
    const finalizer = start(anthropicMessages, 200)
    pushAll(finalizer, [
      Buffer.from(STOP_SEEN),
      Buffer.from(`event: error\ndata: {"type":"error","x":"${'x'.repeat(300)}`),
    ])
    expect(closingText(finalizer).ending).toBe('error')
  })

  test('adds no sentinel when an error was cut behind a comment of its own event', () => {
    const finalizer = start()
    pushAll(finalizer, [Buffer.from(`${STOP_SEEN}: note\nevent: error\ndata: {"type"`)])
    expect(closingText(finalizer).ending).toBe('error')
  })

  test('holds an event that comes in tiny chunks, and hands it out unchanged', () => {
    const event = `event: x\ndata: {"type":"x","y":"${'ü'.repeat(30_000)}"}\n\n`
    expect(pushAll(start(), chunksOf(event, 1))).toBe(event)
  })

  test('sends nothing of an event that was too large', () => {
    const finalizer = start(anthropicMessages, 5)
    pushAll(finalizer, [Buffer.from('data: xxxxx\r\n\r')])
    const { text } = closingText(finalizer)
    expect(text).toMatch(/^event: error\r\n/)
  })

  test('adds no sentinel while a block is open: a client would run a tool call that was never closed', () => {
    const finalizer = start()
    pushAll(finalizer, [
      Buffer.from(EVENTS[0] ?? ''),
      Buffer.from(
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}\n\n',
      ),
      Buffer.from((EVENTS[7] ?? '').replace('end_turn', 'tool_use')),
    ])
    expect(closingText(finalizer)).toMatchObject({ ending: 'error' })
  })

  test('leaves a cut unknown event stream incomplete and adds nothing', () => {
    const finalizer = start(opaque)
    expect(pushAll(finalizer, [Buffer.from('data: 1\n\ndata: 2')])).toBe('data: 1\n\n')
    expect(closingText(finalizer)).toEqual({ ending: 'incomplete', text: '' })
  })

  test('takes the clean end of an unknown event stream for its end, and hands out all of it', () => {
    const finalizer = start(opaque)
    pushAll(finalizer, [Buffer.from('data: 1\n\ndata: 2')])
    expect(closingText(finalizer, false)).toEqual({ ending: 'completed', text: 'data: 2' })
  })
})

test('any events in any chunking come out as a prefix of whole events plus one closing', () => {
  const event = fc.constantFrom(...EVENTS.slice(0, 7), 'data: {"type":"unknown"}\n\n', 'id: 4\nretry: 10\n\n', '\n')
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), fc.nat(), fc.integer({ min: 1, max: 50 }), (events, at, size) => {
      const bytes = Buffer.from(events.join(''))
      const cut = bytes.subarray(0, at % (bytes.length + 1))
      const finalizer = start()
      const sent = pushAll(finalizer, chunksOf(cut, size))
      const { text } = closingText(finalizer)
      expect(bytes.toString().startsWith(sent)).toBe(true)
      expect(`${sent}${text}`.match(/event: error\n/g) ?? []).toHaveLength(1)
      expect(sent === '' || sent.endsWith('\n\n') || /^\n+$/.test(sent)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('heartbeat() is a comment before the message begins, a ping after it, and nothing after the end', () => {
  const finalizer = start()
  const text = (): string | undefined => finalizer.heartbeat() && Buffer.from(finalizer.heartbeat() ?? []).toString()
  expect(text()).toBe(': stopbit\n\n')
  pushAll(finalizer, [Buffer.from(EVENTS[0] ?? '')])
  expect(text()).toBe('event: ping\ndata: {"type":"ping"}\n\n')
  pushAll(finalizer, [Buffer.from(STREAM)])
  expect(text()).toBeUndefined()
})
