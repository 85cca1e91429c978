import { createFault, FAULTS, type FaultKind } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { createFinalizer, type Finalizer } from '../../finalizer/create-finalizer.ts'
import type { EndingPolicy, Framing } from '../dialect.ts'
import { heartbeat } from './closing.ts'
import { gemini } from './index.ts'
import type { GeminiState } from './scan.ts'

type Json = Readonly<Record<string, unknown>>

interface Setting {
  readonly choiceCount?: number | undefined
  readonly framing?: Framing
  readonly policy?: EndingPolicy
}

function candidate(parts: readonly Json[], more: Json = {}): Json {
  return { candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }] }
}

const TEXT = candidate([{ text: 'Hi' }])
const STOP = candidate([{ text: '' }], { finishReason: 'STOP' })
const SECOND = candidate([{ text: 'Ho' }], { index: 1 })

function finalizerOf(
  units: readonly (Json | string)[],
  { choiceCount, framing, policy }: Setting = { choiceCount: 1 },
) {
  const request = choiceCount === undefined ? {} : { choiceCount }
  const finalizer = createFinalizer({ dialect: gemini, framing, request, requestId: 'req_1', ending: policy })
  let sent = ''
  for (const unit of units) {
    const text = typeof unit === 'string' ? unit : `data: ${JSON.stringify(unit)}\r\n\r\n`
    finalizer.push(Buffer.from(text), (bytes) => (sent += Buffer.from(bytes).toString()))
  }
  return { finalizer, sent: () => sent }
}

function closingOf(finalizer: Finalizer, kind: FaultKind | undefined = 'body-reset') {
  const { ending, bytes } = finalizer.end(createFault(kind))
  return { ending, text: Buffer.from(bytes).toString() }
}

function endCleanly(finalizer: Finalizer) {
  const { ending, bytes } = finalizer.end()
  return { ending, text: Buffer.from(bytes).toString() }
}

const SENTENCE = FAULTS['body-reset'].sentence
const ERROR = `{"error":{"code":503,"message":"${SENTENCE}","status":"UNAVAILABLE"}}`

describe('close() of a cut event stream', () => {
  test.each<[string, readonly (Json | string)[]]>([
    ['an open answer', [TEXT]],
    ['a whole function call', [candidate([{ functionCall: { name: 'f' } }])]],
    ['a function call in pieces', [candidate([{ functionCall: { name: 'f', willContinue: true } }])]],
    ['CONTINUATION', [candidate([{ text: 'a' }], { finishReason: 'CONTINUATION', continuationToken: 't' })]],
  ])('says one bare error event behind %s, in the line ending of the stream', (_name, units) => {
    for (const policy of ['error', 'keep-partial'] as const) {
      const { finalizer } = finalizerOf(units, { choiceCount: 1, policy })
      expect(closingOf(finalizer)).toEqual({ ending: 'error', text: `data: ${ERROR}\r\n\r\n` })
    }
  })

  test('uses LF before the stream has shown a line ending', () => {
    expect(closingOf(finalizerOf([]).finalizer)).toEqual({ ending: 'error', text: `data: ${ERROR}\n\n` })
  })

  test('says DEADLINE_EXCEEDED with 504 after silence', () => {
    const { text } = closingOf(finalizerOf([TEXT]).finalizer, 'body-timeout')
    expect(JSON.parse(text.slice(6))).toMatchObject({ error: { code: 504, status: 'DEADLINE_EXCEEDED' } })
  })

  test('adds nothing once every candidate has finished, with or without usage', () => {
    const usage = { usageMetadata: { totalTokenCount: 3 } }
    for (const units of [[TEXT, STOP], [TEXT, STOP, usage], [{ promptFeedback: { blockReason: 'SAFETY' } }]]) {
      expect(closingOf(finalizerOf(units).finalizer)).toEqual({ ending: 'completed', text: '' })
    }
  })

  test('says an error while one of two candidates is missing', () => {
    expect(closingOf(finalizerOf([TEXT, STOP], { choiceCount: 2 }).finalizer).ending).toBe('error')
    expect(closingOf(finalizerOf([TEXT, STOP], {}).finalizer).ending).toBe('error')
  })

  test('drops the start of an event that was cut', () => {
    const { finalizer, sent } = finalizerOf([TEXT, 'data: {"candidates":[{"content":{"parts":[{"te'])
    expect(closingOf(finalizer).text).toBe(`data: ${ERROR}\r\n\r\n`)
    expect(sent()).not.toContain('"te\r')
  })

  test.each([
    '{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}',
    '{\n  "error": {"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}\n}\n',
    'data: {"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}\r\n',
  ])("keeps the upstream's own error that only lacked its framing: %j", (rest) => {
    const { finalizer, sent } = finalizerOf([TEXT, rest])
    const { ending, text } = endCleanly(finalizer)
    expect(ending).toBe('error')
    const own = { code: 429, message: 'm', status: 'RESOURCE_EXHAUSTED' }
    expect(text.trimEnd()).toBe(`data: ${JSON.stringify({ error: own })}`)
    expect(sent()).not.toContain('error')
  })

  test('says an error of the upstream again that clients would have dropped', () => {
    const { finalizer, sent } = finalizerOf([
      TEXT,
      'event: error\r\ndata: {"error":{"code":503,"message":"m"}}\r\n\r\n',
    ])
    expect(sent()).not.toContain('error')
    const text = 'data: {"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}\r\n\r\n'
    expect(closingOf(finalizer)).toEqual({ ending: 'error', text })
  })

  test('adds nothing to an error that clients understand', () => {
    const { finalizer, sent } = finalizerOf([TEXT, { error: { code: 503 } }])
    expect(sent()).toContain('error')
    expect(closingOf(finalizer)).toEqual({ ending: 'error', text: '' })
  })
})

/** Early models put a final finish reason into every chunk. */
const TALKING = candidate([{ text: 'Hi' }], { finishReason: 'STOP' })

describe.each([
  ['a reset', closingOf],
  ['a clean end', endCleanly],
])('close() by %s behind a finish reason', (_name, end) => {
  const framings = [
    ['event-stream', `data: ${JSON.stringify(TALKING)}\r\n\r\n`, 'data: '],
    ['json-array', `[${JSON.stringify(TALKING)}`, '\r\n,'],
  ] as const

  test('is an error while more of the answer is open, wherever that is cut', () => {
    for (const [framing, first, before] of framings) {
      const next = JSON.stringify(TALKING)
      for (let cut = '{"c'.length; cut < next.length; cut++) {
        const { finalizer } = finalizerOf([first, before + next.slice(0, cut)], { choiceCount: 1, framing })
        expect(end(finalizer).ending, `${framing}, ${next.slice(0, cut)}`).toBe('error')
      }
    }
  })

  test.each([
    '{"error":{"code":429,"mess',
    '{"er',
    '{"error"',
    '{"usageMetadata":{"a":[1,"}"]},"error":{',
    '{"promptFeedback":{',
  ])('is an error while %s is open', (json) => {
    for (const [framing, first, before] of framings) {
      expect(end(finalizerOf([first, before + json], { choiceCount: 1, framing }).finalizer).ending).toBe('error')
    }
  })

  test.each(['event: error', 'event: x', 'id: 3', '{"error":{', 'data: [', 'data: x'])(
    'is an error while an event begins with %s',
    (open) => {
      expect(end(finalizerOf([TEXT, STOP, open]).finalizer).ending).toBe('error')
    },
  )

  test('is an error while an event is larger than usage ever is', () => {
    const open = `data: {"usageMetadata":"${'x'.repeat(9_000)}`
    expect(end(finalizerOf([TEXT, STOP, open]).finalizer).ending).toBe('error')
  })

  test('is what the upstream said if it lacked only the end of its line', () => {
    const own = 'data: {"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}'
    expect(end(finalizerOf([TEXT, STOP, own]).finalizer)).toEqual({ ending: 'error', text: `${own}\r\n\r\n` })
  })

  test.each([
    '',
    ': no',
    'd',
    'data',
    'data: ',
    'data: {',
    'data: {"us',
    'data: {"usageMetadata":{"total',
    'data: {"modelVersion":"m","usageMetadata":',
  ])('adds nothing while %j is open, which may be usage', (open) => {
    expect(end(finalizerOf([TEXT, STOP, open]).finalizer)).toEqual({ ending: 'completed', text: '' })
  })

  test.each(['', '\r\n', '\r\n,', ',{"usageMetadata":{"a":'])('adds the bracket alone while %j is open', (open) => {
    const units = [`[${JSON.stringify(TEXT)}`, `,${JSON.stringify(STOP)}`, open]
    const { finalizer } = finalizerOf(units, { choiceCount: 1, framing: 'json-array' })
    expect(end(finalizer)).toEqual({ ending: 'completed-sentinel', text: ']' })
  })
})

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

describe('close() of a JSON array', () => {
  const array = { choiceCount: 1, framing: 'json-array' } as const
  const first = `[${JSON.stringify(TEXT)}`
  const last = `\r\n,${JSON.stringify(STOP)}`

  test('is an array of its own when nothing was sent', () => {
    expect(closingOf(finalizerOf([], array).finalizer)).toEqual({ ending: 'error', text: `[${ERROR}]` })
    expect(closingOf(finalizerOf(['[\r\n{"cand'], array).finalizer).text).toBe(`[${ERROR}]`)
  })

  test('is one more element and the bracket behind elements', () => {
    expect(closingOf(finalizerOf([first, '\r\n,{"ca'], array).finalizer)).toEqual({
      ending: 'error',
      text: `,\r\n${ERROR}\r\n]`,
    })
  })

  test('is the missing bracket alone once every candidate has finished', () => {
    const { finalizer } = finalizerOf([first, last, '\r\n'], array)
    expect(closingOf(finalizer)).toEqual({ ending: 'completed-sentinel', text: ']' })
  })

  test('is the missing bracket alone also after a clean end: a last element that is whole was never open', () => {
    for (const rest of ['', '\r\n', '\r\n,', '\r\n,{"usageMetadata":{"a":']) {
      const { finalizer, sent } = finalizerOf([first, last, rest], array)
      expect(sent()).toBe(first + last)
      expect(endCleanly(finalizer)).toEqual({ ending: 'completed-sentinel', text: ']' })
    }
  })

  test('is an error if the element with the finish reason was cut, also after a clean end', () => {
    for (let cut = 1; cut < last.length; cut++) {
      const { finalizer, sent } = finalizerOf([first, last.slice(0, cut)], array)
      const { ending, text } = endCleanly(finalizer)
      expect(ending).toBe('error')
      expect(JSON.parse(sent() + text)).toMatchObject([TEXT, { error: { code: 503 } }])
    }
  })

  test('is an error without the bracket while the number of candidates is unknown, also after a clean end', () => {
    for (const end of [closingOf, endCleanly]) {
      const { finalizer, sent } = finalizerOf([first, last], { framing: 'json-array' })
      const { ending, text } = end(finalizer)
      expect(ending).toBe('error')
      expect(JSON.parse(sent() + text)).toMatchObject([TEXT, STOP, { error: { code: 503 } }])
    }
  })

  test('is empty behind a whole array', () => {
    const { finalizer, sent } = finalizerOf([`${first}${last}\r\n]\n`], array)
    expect(sent()).toBe(`${first}${last}\r\n]\n`)
    expect(closingOf(finalizer)).toEqual({ ending: 'completed', text: '' })
  })

  test('is empty behind the bracket of an array with fewer candidates than were asked for', () => {
    const { finalizer, sent } = finalizerOf([first, last, '\r\n]'], { ...array, choiceCount: 2 })
    expect(finalizer.state.phase).toBe('done')
    expect(endCleanly(finalizer)).toEqual({ ending: 'completed', text: '' })
    expect(JSON.parse(sent())).toEqual([TEXT, STOP])
  })

  test.each<[string, readonly string[], readonly Json[]]>([
    ['an unfinished candidate', [`${first}\r\n]`], [TEXT]],
    ['nothing', ['[]'], []],
    ['usage alone', ['[{"usageMetadata":{}}', ']'], [{ usageMetadata: {} }]],
    ['an unfinished candidate, with bytes behind it', [`${first}]x`, '\n', ',{}'], [TEXT]],
  ])('is an error in place of a bracket that came too early, behind %s', (_name, units, whole) => {
    const { finalizer, sent } = finalizerOf(units, array)
    // The upstream told of no failure: that it was cut is for the end of the body to say.
    expect(['idle', 'open']).toContain(finalizer.state.phase)
    const { ending, text } = endCleanly(finalizer)
    expect(ending).toBe('error')
    const error = { code: 503, message: FAULTS['body-truncated'].sentence, status: 'UNAVAILABLE' }
    expect(JSON.parse(sent() + text)).toEqual([...whole, { error }])
  })

  test("is the bracket alone behind the upstream's own error", () => {
    const { finalizer, sent } = finalizerOf([`${first},{"error":{"code":503,"message":"m"}}`], array)
    const { ending, text } = closingOf(finalizer)
    expect({ ending, text }).toEqual({ ending: 'error', text: ']' })
    expect(JSON.parse(sent() + text)).toHaveLength(2)
  })

  test('is empty behind an error that is no array', () => {
    const { finalizer, sent } = finalizerOf(['{"error":{"code":503,"message":"m"}}'], array)
    expect(sent()).toContain('error')
    expect(closingOf(finalizer)).toEqual({ ending: 'error', text: '' })
  })

  test('takes a cut value that is no array for nothing sent', () => {
    for (const end of [closingOf, endCleanly]) {
      const { finalizer, sent } = finalizerOf(['{"candidates":[{"content"'], array)
      const { ending, text } = end(finalizer)
      expect(ending).toBe('error')
      expect(JSON.parse(sent() + text)).toMatchObject([{ error: { code: 503 } }])
    }
  })

  test('can only leave the framing incomplete behind a value that is no JSON', () => {
    expect(closingOf(finalizerOf(['{oh}'], array).finalizer)).toEqual({ ending: 'incomplete', text: '' })
  })

  test('with the policy truncate is a last element for each unfinished candidate', () => {
    const { finalizer, sent } = finalizerOf([first, `,${JSON.stringify(SECOND)}`], {
      choiceCount: 2,
      framing: 'json-array',
      policy: 'truncate',
    })
    const { ending, text } = closingOf(finalizer)
    expect(ending).toBe('truncated')
    expect(JSON.parse(sent() + text)).toHaveLength(4)
  })
})

describe('the policy truncate', () => {
  const truncated = (index: number): string =>
    `data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"MAX_TOKENS","index":${index}}]}\r\n\r\n`

  function truncate(units: readonly (Json | string)[], choiceCount: number | undefined = 1) {
    return closingOf(finalizerOf(units, { choiceCount, policy: 'truncate' }).finalizer)
  }

  test('ends the unfinished candidates with MAX_TOKENS', () => {
    expect(truncate([TEXT])).toEqual({ ending: 'truncated', text: truncated(0) })
    expect(truncate([TEXT, SECOND], 2)).toEqual({ ending: 'truncated', text: truncated(0) + truncated(1) })
    expect(truncate([TEXT, SECOND, STOP], 2)).toEqual({ ending: 'truncated', text: truncated(1) })
  })

  test('adds nothing to an answer that has finished', () => {
    expect(truncate([TEXT, STOP])).toEqual({ ending: 'completed', text: '' })
  })

  test('ends an answer behind a thought that has turned into text', () => {
    expect(truncate([candidate([{ text: 'hm', thought: true }]), TEXT]).ending).toBe('truncated')
  })

  test('is refused when idle', () => expect(truncate([]).ending).toBe('error'))

  test('is refused when the number of candidates is unknown', () => {
    expect(closingOf(finalizerOf([TEXT], { policy: 'truncate' }).finalizer).ending).toBe('error')
  })

  test('is refused when a candidate has not begun', () => expect(truncate([TEXT], 2).ending).toBe('error'))

  test('is refused after a continuationToken: the SDK resumes by itself after an error', () => {
    expect(truncate([candidate([{ text: 'a' }], { continuationToken: 't' }), TEXT]).ending).toBe('error')
  })

  test('is refused once a function call has begun, whole or in pieces', () => {
    const piece = (call: Json): Json => candidate([{ functionCall: call }])
    expect(truncate([TEXT, piece({ name: 'f', args: {} })]).ending).toBe('error')
    expect(truncate([TEXT, piece({ name: 'f', willContinue: true })]).ending).toBe('error')
    expect(truncate([TEXT, piece({ name: 'f', willContinue: true }), piece({}), TEXT]).ending).toBe('error')
    expect(truncate([TEXT, piece({ name: 'f', partialArgs: [{ jsonPath: '$.a', stringValue: 'x' }] })]).ending).toBe(
      'error',
    )
  })

  test('is refused while code runs on the server', () => {
    const code = candidate([{ executableCode: { code: '1' } }])
    expect(truncate([TEXT, code]).ending).toBe('error')
    expect(truncate([TEXT, code, candidate([{ codeExecutionResult: { output: '1' } }])]).ending).toBe('truncated')
  })

  test.each([
    'data: {"error"',
    'data:{"error":{"code":429',
    'data: {"er',
    'data: {"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}\r\n',
    'data: {"responseId":"r","error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}',
    '{\n  "error": {\n    "code": 429,',
    'event: error\r\ndata: {"mess',
    'event: err',
  ])('is refused when the event that was cut is an error or begins as one: %j', (cut) => {
    for (const end of [closingOf, endCleanly]) {
      const { finalizer, sent } = finalizerOf([TEXT, cut], { choiceCount: 1, policy: 'truncate' })
      const { ending, text } = end(finalizer)
      expect(ending).toBe('error')
      if (cut.includes('RESOURCE_EXHAUSTED')) expect(text).toContain('RESOURCE_EXHAUSTED')
      expect(sent()).not.toContain('err')
    }
  })

  test('is refused when the element that was cut begins as an error', () => {
    const setting = { choiceCount: 1, framing: 'json-array', policy: 'truncate' } as const
    expect(closingOf(finalizerOf([`[${JSON.stringify(TEXT)}`, '\r\n,{"error":{'], setting).finalizer).ending).toBe(
      'error',
    )
    expect(closingOf(finalizerOf([`[${JSON.stringify(TEXT)}`, '\r\n,{"cand'], setting).finalizer).ending).toBe(
      'truncated',
    )
  })

  test.each([
    'da',
    ': c',
    'data: {"candidates":[{"content":{"parts":[{"text":"\\"error\\"',
    'data: {"error":null,"candidates":[]}',
    'data: {"usage',
  ])('is not refused when the event that was cut is no error: %j', (cut) => {
    expect(truncate([TEXT, cut]).ending).toBe('truncated')
  })

  test('is refused in a thought', () => {
    expect(truncate([candidate([{ text: 'hm', thought: true }])]).ending).toBe('error')
  })
})

describe('heartbeat()', () => {
  const textOf = (finalizer: Finalizer): string | undefined => {
    const bytes = finalizer.heartbeat()
    return bytes && Buffer.from(bytes).toString()
  }

  test('is a comment in a block of its own, until the stream has failed', () => {
    expect(textOf(finalizerOf([]).finalizer)).toBe(': stopbit\n\n')
    expect(textOf(finalizerOf([TEXT]).finalizer)).toBe(': stopbit\r\n\r\n')
    expect(textOf(finalizerOf([TEXT, STOP]).finalizer)).toBe(': stopbit\r\n\r\n')
    expect(textOf(finalizerOf([{ error: { code: 503 } }]).finalizer)).toBeUndefined()
  })

  test('is nothing in a JSON array, and where the framing is unknown', () => {
    expect(textOf(finalizerOf(['[{}'], { framing: 'json-array' }).finalizer)).toBeUndefined()
    expect(heartbeat({ phase: 'idle' } as GeminiState, '\n')).toBeUndefined()
  })
})
