import { describe, expect, test } from 'vitest'
import {
  type Json,
  candidate,
  TEXT,
  STOP,
  finalizerOf,
  closingOf,
  endCleanly,
  ERROR,
} from '../../../test/gemini-closings.ts'
import type { Finalizer } from '../../finalizer/finalizer.ts'
import { heartbeat } from './closing.ts'
import type { GeminiState } from './scan.ts'

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
