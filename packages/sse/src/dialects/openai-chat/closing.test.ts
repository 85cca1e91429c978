import { createFault, type FaultKind } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import {
  START,
  choice,
  ROLE,
  TEXT,
  CALL,
  ARGUMENTS,
  STOP,
  USAGE,
  DONE,
  type Start,
  start,
  errorEvent,
} from '../../../test/chat-streams.ts'

function endOf(sent: string, options?: Start, fault: FaultKind = 'body-reset'): { ending: string; text: string } {
  const { finalizer } = start(sent, options)
  const { ending, bytes } = finalizer.end(createFault(fault))
  return { ending, text: Buffer.from(bytes).toString() }
}

describe('close() after an error of the upstream', () => {
  test('adds nothing to a plain one', () => {
    expect(endOf(`${TEXT}data: {"error":{"message":"m"}}\n\n`)).toEqual({ ending: 'error', text: '' })
  })

  test('says it once more by itself where it came inside a chunk with choices', () => {
    const error = { code: 502, message: 'Provider disconnected' }
    const chunk = choice({ content: '' }, 'error').replace(']}\n', `],"error":${JSON.stringify(error)}}\n`)
    const { finalizer, out } = start(TEXT + chunk)
    expect(out).toBe(TEXT + chunk)
    expect(Buffer.from(finalizer.end().bytes).toString()).toBe(`data: ${JSON.stringify({ error })}\n\n`)
  })

  test('says it in the form that clients know where only its object type made it one', () => {
    const { finalizer, out } = start(
      `${TEXT}data: {"object":"error","message":"m","type":"BadRequestError","code":400}\n\n`,
    )
    expect(out).toBe(TEXT)
    const data = '{"error":{"message":"m","type":"BadRequestError","code":400}}'
    expect(finalizer.state).toMatchObject({ phase: 'failed', errorType: 'BadRequestError', untold: data })
    expect(Buffer.from(finalizer.end().bytes).toString()).toBe(`data: ${data}\n\n`)
  })

  test.each([
    ['{"message":"m"}', '{"error":{"message":"m"}}'],
    ['out of\ndata: memory', '{"error":{"message":"out of\\nmemory"}}'],
  ])('says it in that form where only its name made it one: %j', (data, expected) => {
    const { finalizer, out } = start(`${TEXT}event: error\ndata: ${data}\n\n`)
    expect(out).toBe(TEXT)
    expect(Buffer.from(finalizer.end().bytes).toString()).toBe(`data: ${expected}\n\n`)
  })
})

describe('close() after a cut', () => {
  test.each<[FaultKind, string]>([
    ['body-reset', 'upstream_connection_error'],
    ['body-timeout', 'upstream_timeout'],
    ['pool-full', 'upstream_overloaded'],
  ])('says %s with the code %s', (kind, code) => {
    for (const ending of ['error', 'keep-partial'] as const) {
      expect(endOf(TEXT, { n: 1, ending }, kind)).toEqual({ ending: 'error', text: errorEvent(kind, code) })
    }
  })

  test('says that the upstream stopped early if the body ended cleanly', () => {
    const { finalizer } = start(TEXT)
    expect(Buffer.from(finalizer.end().bytes).toString()).toBe(errorEvent('body-truncated'))
  })

  test.each(['', ': comm', ': a\ndata: [DO', 'da', 'data:', 'data: [DONE]', 'data:[DONE]\n'])(
    'adds the sentinel when %j was cut after the last stop reason',
    (cut) => {
      expect(endOf(TEXT + STOP + cut)).toEqual({ ending: 'completed-sentinel', text: DONE })
    },
  )

  test('adds the sentinel when a usage chunk was cut after the last stop reason, at any byte', () => {
    const vendors = USAGE.replace('"choices"', '"provider":"X","error":null,"system_fingerprint":null,"choices"')
    for (const usage of [USAGE, USAGE.replaceAll(':', ': ').replaceAll(',', ', '), vendors]) {
      for (let cut = 1; cut < usage.length - 1; cut++) {
        const shown = usage.slice(0, cut)
        if (/"e(?:r+(?:or?)?"?(?::\s*)?)?$/.test(shown)) continue // Cut at "error": it might hold one.
        expect(endOf(TEXT + STOP + shown).ending, shown).toBe('completed-sentinel')
      }
    }
  })

  test.each([
    'event: error\nda',
    'data: {"error"',
    'data: {"er',
    'data: {"error":',
    'data: {"error": ',
    'data: {"error":{',
    'data: {"error":{"message":"m","type":"server_error"}}\n',
    'data: {"id":"c","error":',
    'data: {"id":"c","error":{"mess',
    'data: {"code":400,"message"',
    'data: {"object":"er',
    'data: {"type":"err',
    `data: ${START}{"index"`,
    `data: ${START}{"index":0,"delta":{"content":"usage"`,
    'data: [DANGER',
    'data: oops',
    'x: 1',
    `data: {"id":"${'x'.repeat(20_000)}`,
  ])('adds no sentinel when %j was cut after the last stop reason', (cut) => {
    expect(endOf(TEXT + STOP + cut)).toEqual({ ending: 'error', text: errorEvent() })
  })

  test('adds no sentinel while a choice that was asked for has no stop reason, or nobody knows how many were', () => {
    for (const n of [undefined, 2, 0, 1.5, 1e9]) expect(endOf(TEXT + STOP, { n }).ending).toBe('error')
  })
})

describe('the policy truncate', () => {
  const truncate = (sent: string, n: number | undefined = 1): { ending: string; text: string } =>
    endOf(sent, { n, ending: 'truncate' })
  const LENGTH =
    'data: {"id":"c","created":1,"model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}\n\n'

  test('ends a cut text with the stop reason length, in a chunk like the others', () => {
    expect(truncate(ROLE + TEXT + TEXT.slice(0, 30))).toEqual({ ending: 'truncated', text: LENGTH + DONE })
  })

  test('ends every choice that has no stop reason, and gives a role to those that have none', () => {
    const { ending, text } = truncate(ROLE + TEXT + choice({ role: 'assistant' }, null, 1) + choice({}, 'stop', 1), 3)
    const third = LENGTH.replace('"index":0,"delta":{}', '"index":2,"delta":{"role":"assistant","content":""}')
    expect({ ending, text }).toEqual({ ending: 'truncated', text: LENGTH + third + DONE })
  })

  test('ends a text beside a tool call that is whole', () => {
    const sent = ROLE + CALL + choice({}, 'tool_calls') + choice({ role: 'assistant', content: 'a' }, null, 1)
    expect(truncate(sent, 2)).toEqual({ ending: 'truncated', text: LENGTH.replace('"index":0', '"index":1') + DONE })
  })

  test('adds only the sentinel where nothing else is missing', () => {
    expect(truncate(TEXT + STOP)).toEqual({ ending: 'completed-sentinel', text: DONE })
  })

  test('is refused when nothing was sent yet', () => {
    for (const sent of ['', ': comment\n\n', USAGE])
      expect(truncate(sent)).toEqual({ ending: 'error', text: errorEvent() })
  })

  test('is refused when the choice count is unknown', () => {
    expect(endOf(ROLE + TEXT, { ending: 'truncate' })).toEqual({ ending: 'error', text: errorEvent() })
  })

  test.each([
    ['its head', CALL],
    ['half its arguments', CALL + ARGUMENTS],
    ['text behind it', CALL + TEXT],
    ['the older function_call', choice({ function_call: { name: 'f' } })],
  ])('is refused when an unfinished choice has begun a tool call: %s', (_name, sent) => {
    expect(truncate(ROLE + sent)).toEqual({ ending: 'error', text: errorEvent() })
    expect(truncate(ROLE + sent + choice({ role: 'assistant', content: 'a' }, null, 1), 2).ending).toBe('error')
  })

  test('is refused when a choice has no index to end it by', () => {
    expect(truncate(TEXT.replace('"index":0,', '')).ending).toBe('error')
  })

  test.each([
    'data: {"error"',
    'data:{"error":',
    'data: {"er',
    'data: {"error":{"message":"m"',
    'data: {"error":{"message":"m","type":"server_error"}}\n',
    `data: ${START}],"error":{"message":"m"}}`,
    'data: {"id":"c","created":1,"error":{"mess',
    'data: {"object":"error","mess',
    'data: {"object":"er',
    'data: {"object":"error","message":"m"}',
    'event: error\ndata: {"mess',
    'event: err',
    '{"error":{"mess',
    '{\n  "error": {"message":"m"}\n}\n',
  ])('is refused when the event that was cut is an error or begins as one: %j', (cut) => {
    expect(truncate(ROLE + TEXT + cut)).toEqual({ ending: 'error', text: errorEvent() })
    const { ending } = start(ROLE + TEXT + cut, { n: 1, ending: 'truncate' }).finalizer.end()
    expect(ending).toBe('error')
  })

  test.each([
    'da',
    ': c',
    'data: [DO',
    'data: {"id":"c","error":null,"choices":[{"del',
    'data: {"object":"',
    `data: ${START}{"index":0,"delta":{"content":"\\"error\\":`,
    `data: {"id":"${'x'.repeat(20_000)}`,
    TEXT.slice(0, -2),
  ])('is not refused when the event that was cut is no error: %j', (cut) => {
    expect(truncate(ROLE + TEXT + cut)).toEqual({ ending: 'truncated', text: LENGTH + DONE })
  })

  test('is refused when more was coming after the last stop reason', () => {
    expect(truncate(`${TEXT}${STOP}data: ${START}{"index":0`).ending).toBe('error')
  })
})
