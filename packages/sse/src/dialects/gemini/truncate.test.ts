import { FAULTS } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import {
  type Json,
  candidate,
  TEXT,
  STOP,
  SECOND,
  finalizerOf,
  closingOf,
  endCleanly,
  ERROR,
} from '../../../test/gemini-closings.ts'

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
