import { FAULTS } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import {
  type Json,
  type Setting,
  candidate,
  TEXT,
  STOP,
  SECOND,
  finalizerOf,
  closingOf,
  endCleanly,
} from '../../../test/gemini-closings.ts'

describe('close() of an event stream that the upstream ended cleanly', () => {
  test.each<[string, readonly (Json | string)[], Setting]>([
    ['a finish reason', [TEXT, STOP], { choiceCount: 1 }],
    ['a finish reason when the number of candidates is unknown', [TEXT, STOP], {}],
    [
      'CONTINUATION, which asks the client to go on',
      [candidate([], { finishReason: 'CONTINUATION' })],
      { choiceCount: 1 },
    ],
    [
      'a finish reason in every chunk',
      [STOP, candidate([{ text: 'a' }], { finishReason: 'STOP' })],
      { choiceCount: 1 },
    ],
  ])('adds nothing behind %s', (_name, units, setting) => {
    expect(endCleanly(finalizerOf(units, setting).finalizer)).toEqual({ ending: 'completed', text: '' })
  })

  test.each<[string, readonly (Json | string)[], Setting]>([
    ['fewer candidates than were asked for', [TEXT, STOP], { choiceCount: 2 }],
    ['nothing', [], { choiceCount: 1 }],
    ['text without a finish reason', [TEXT], { choiceCount: 1 }],
    [
      'an unspecified finish reason',
      [candidate([], { finishReason: 'FINISH_REASON_UNSPECIFIED' })],
      { choiceCount: 1 },
    ],
    ['one of two candidates', [TEXT, STOP, SECOND], { choiceCount: 2 }],
    ['half an event', [TEXT, STOP, 'data: {"ca'], {}],
  ])('says an error behind %s', (_name, units, setting) => {
    const { ending, text } = endCleanly(finalizerOf(units, setting).finalizer)
    expect(ending).toBe('error')
    expect(text).toContain(FAULTS['body-truncated'].sentence)
  })
})

/** Each of these ends an answer. */
const LAST_EVENTS: readonly (readonly [name: string, before: readonly Json[], last: Json, Setting])[] = [
  ['a finish reason', [TEXT], STOP, { choiceCount: 1 }],
  ['text with a finish reason', [TEXT], candidate([{ text: 'é' }], { finishReason: 'STOP' }), { choiceCount: 1 }],
  ['a blocked prompt', [], { promptFeedback: { blockReason: 'SAFETY' } }, { choiceCount: 1 }],
  ['a finish reason, the number of candidates unknown', [TEXT], STOP, {}],
  [
    'the finish reason of the last of two candidates',
    [TEXT, STOP, SECOND],
    candidate([], { finishReason: 'STOP', index: 1 }),
    { choiceCount: 2 },
  ],
  ['usage behind the finish reason', [TEXT, STOP], { usageMetadata: { totalTokenCount: 3 } }, { choiceCount: 1 }],
]

describe.each(['\n', '\r\n', '\r'])('an event that a clean end cuts, with lines in %j', (eol) => {
  const eventOf = (one: Json): string => `data: ${JSON.stringify(one)}${eol}${eol}`

  /** The stream with so many of its last bytes missing, in one chunk and byte by byte. */
  function endEarly(events: readonly string[], missing: number, setting: Setting) {
    const bytes = Buffer.from(events.join(''))
    const cut = bytes.subarray(0, bytes.length - missing).toString('latin1')
    return [[cut], cut.split('')].map((chunks) => {
      const { finalizer, sent } = finalizerOf([], setting)
      let out = ''
      for (const chunk of chunks) {
        finalizer.push(Buffer.from(chunk, 'latin1'), (part) => (out += Buffer.from(part).toString()))
      }
      expect(sent()).toBe('')
      const modelDataBefore = finalizer.modelDataCount
      const { ending, text } = endCleanly(finalizer)
      return { ending, text: out + text, finalizer, modelDataBefore }
    })
  }

  test.each(LAST_EVENTS)('goes out with the line endings that it lacks if it is %s', (_name, before, last, setting) => {
    const events = [...before, last].map(eventOf)
    for (let missing = 0; missing <= 2 * eol.length; missing++) {
      for (const { ending, text } of endEarly(events, missing, setting)) {
        expect(ending, `${missing} bytes missing`).toBe('completed')
        // A stream of one line that has not ended shows no line ending; a CR may be half of one.
        const isUnsure = events.length === 1 && missing >= eol.length
        expect(isUnsure ? text.trimEnd() : text).toBe(isUnsure ? events.join('').trimEnd() : events.join(''))
        expect(text).toMatch(/(?:\n\n|\r\n\r\n|\r\r)$/)
      }
    }
  })

  test.each(LAST_EVENTS)(
    'is dropped if its data is not whole, though it was to be %s',
    (_name, before, last, setting) => {
      const events = [...before, last].map(eventOf)
      const lastLength = Buffer.byteLength(events.at(-1) ?? '')
      const isComplete = before.includes(STOP) && setting.choiceCount !== 2
      for (let missing = 2 * eol.length + 1; missing < lastLength; missing++) {
        for (const { ending, text } of endEarly(events, missing, setting)) {
          expect(ending, `${missing} bytes missing`).toBe(isComplete ? 'completed' : 'error')
          expect(text.startsWith(events.slice(0, -1).join(''))).toBe(true)
          expect(text).not.toContain('data: {"candidates":[{"content":{"parts":[]')
          if (isComplete) expect(text).toBe(events.slice(0, -1).join(''))
        }
      }
    },
  )

  test.each<[string, readonly Json[], string, Setting]>([
    ['text alone', [TEXT], eventOf(TEXT), { choiceCount: 1 }],
    ['the finish reason of one of two candidates', [TEXT, SECOND], eventOf(STOP), { choiceCount: 2 }],
    ['the only candidate of two', [TEXT], eventOf(STOP), { choiceCount: 2 }],
    ['an unspecified reason', [TEXT], eventOf(candidate([], { finishReason: 'FINISH_REASON_UNSPECIFIED' })), {}],
    ['a call in pieces', [candidate([{ functionCall: { willContinue: true } }])], eventOf(STOP), { choiceCount: 2 }],
    ['no object', [TEXT], `data: 1${eol}${eol}`, { choiceCount: 1 }],
  ])('is dropped if it is %s, and the state stays what it was', (_name, before, last, setting) => {
    for (let missing = eol === '\r\n' ? 2 : 1; missing <= 2 * eol.length; missing++) {
      for (const { ending, text, finalizer, modelDataBefore } of endEarly(
        [...before.map(eventOf), last],
        missing,
        setting,
      )) {
        expect(ending).toBe('error')
        expect(text).toContain(FAULTS['body-truncated'].sentence)
        const plain = finalizerOf(before.map(eventOf), setting).finalizer
        expect(finalizer.state).toEqual(plain.state)
        expect(finalizer.modelDataCount).toBe(modelDataBefore)
        expect(finalizer.eventCount).toBe(before.length)
      }
    }
  })

  test('is dropped if a line behind its data was cut', () => {
    for (const line of ['e', 'event: err', 'id', ': note']) {
      for (const { ending } of endEarly([eventOf(TEXT), eventOf(STOP).slice(0, -eol.length) + line], 0, {})) {
        expect(ending).toBe('error')
      }
    }
  })

  test('is dropped if the end is a fault', () => {
    const { finalizer } = finalizerOf([eventOf(TEXT), eventOf(STOP).slice(0, -2 * eol.length)])
    expect(closingOf(finalizer).ending).toBe('error')
  })
})
