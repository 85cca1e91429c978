import { createFault, type FaultKind, FAULTS } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { createFinalizer, type Finalizer } from '../../finalizer/create-finalizer.ts'
import type { Dialect, EndingPolicy } from '../dialect.ts'
import { openaiChat } from './index.ts'

const START = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":['

function choice(delta: object, finishReason: string | null = null, index = 0): string {
  return `data: ${START}${JSON.stringify({ index, delta, finish_reason: finishReason })}]}\n\n`
}

const ROLE = choice({ role: 'assistant', content: '' })
const TEXT = choice({ content: 'Hi' })
const CALL = choice({ tool_calls: [{ index: 0, id: 't', type: 'function', function: { name: 'f', arguments: '' } }] })
const ARGUMENTS = choice({ tool_calls: [{ index: 0, function: { arguments: '{"a' } }] })
const STOP = choice({}, 'stop')
const USAGE =
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"total_tokens":9}}\n\n'
const DONE = 'data: [DONE]\n\n'

interface Start {
  readonly n?: number | undefined
  readonly ending?: EndingPolicy
}

function start(sent: string, { n, ending }: Start = { n: 1 }): { finalizer: Finalizer; out: string } {
  const dialect: Dialect = openaiChat
  const request = n === undefined ? {} : { choiceCount: n }
  const finalizer = createFinalizer({ dialect, request, requestId: 'req_1', ending })
  let out = ''
  finalizer.push(Buffer.from(sent), (bytes) => {
    out += Buffer.from(bytes).toString()
  })
  return { finalizer, out }
}

function endOf(sent: string, options?: Start, fault: FaultKind = 'body-reset'): { ending: string; text: string } {
  const { finalizer } = start(sent, options)
  const { ending, bytes } = finalizer.end(createFault(fault))
  return { ending, text: Buffer.from(bytes).toString() }
}

function errorEvent(kind: FaultKind = 'body-reset', code = 'upstream_connection_error'): string {
  const error = { message: FAULTS[kind].sentence, type: 'server_error', param: null, code }
  return `data: ${JSON.stringify({ error })}\n\n`
}

describe('detection', () => {
  test.each([
    ['POST', '/v1/chat/completions', true],
    ['POST', '/openai/deployments/gpt/chat/completions?api-version=2024-10-21', true],
    ['POST', '/api/v1/chat/completions/', true],
    ['GET', '/v1/chat/completions', false],
    ['POST', '/v1/chat/completions/chatcmpl-1', false],
    ['POST', '/v1/completions', false],
    ['POST', '/v1/chat/completions2', false],
  ])('matches(%s %s) is %s', (method, target, expected) => {
    expect(openaiChat.matches(method, target)).toBe(expected)
  })

  test.each([
    ['', '{"object":"chat.completion.chunk"}', true],
    ['', '{"object":"chat.completion.chunk","choices":[]}', true],
    ['', '{"choices":[{"index":0,"delta":{"role":"assistant"}}]}', true],
    ['', '{"object":"","choices":[{"delta":{}}]}', true],
    ['', '{"choices":[]}', false],
    ['', '{"question":"2+2?","choices":["3","4"]}', false],
    ['', '{"choices":[null,{"delta":{}}]}', false],
    ['', '{"choices":[{"delta":"a"}]}', false],
    ['', '{"choices":[{"text":"Hi","index":0,"finish_reason":null}]}', false],
    ['', '{"object":"text_completion","choices":[]}', false],
    ['', '[DONE]', false],
    ['', '', false],
    ['message_start', '{"choices":[]}', false],
  ])('recognizes() event %j with data %s: %s', (name, data, expected) => {
    expect(openaiChat.recognizes({ name, data, hasId: false })).toBe(expected)
  })

  test('is framed as an event stream, and its key is a bearer token', () => {
    expect(openaiChat.framingOf('text/event-stream', '')).toBe('event-stream')
    expect(openaiChat.framingOf('application/json', '')).toBeUndefined()
    expect(openaiChat.credentialHeaders('k')).toEqual(['authorization', 'Bearer k'])
  })
})

describe('state', () => {
  const block = (kind: string): object => ({ phase: 'block', blocks: new Map([[0, kind]]) })
  test.each<[name: string, sent: string, n: number | undefined, state: object, count: number]>([
    ['nothing', '', 1, { phase: 'idle' }, 0],
    [
      'comments and events without data',
      ': OPENROUTER PROCESSING\n\n\nretry: 1\n\nevent: x\n\n',
      1,
      { phase: 'idle' },
      0,
    ],
    ['a chunk without choices', USAGE, 1, { phase: 'idle' }, 0],
    ['a role', ROLE, 1, { phase: 'open' }, 0],
    ['text', ROLE + TEXT, 1, block('text'), 1],
    ['text in parts', choice({ content: [{ type: 'text', text: 'a' }] }), 1, block('text'), 1],
    ['refusal', choice({ refusal: 'No' }), 1, block('refusal'), 1],
    ['reasoning', choice({ reasoning: 'Hm', content: '' }), 1, block('reasoning'), 1],
    ['reasoning_content', choice({ reasoning_content: 'Hm' }), 1, block('reasoning'), 1],
    ['reasoning, then text', choice({ reasoning: 'Hm' }) + TEXT + TEXT, 1, block('text'), 3],
    ['audio', choice({ audio: { id: 'a', data: 'AAAA' } }), 1, block('audio'), 1],
    ['the head of a tool call', CALL, 1, block('tool_calls'), 0],
    ['a tool call in fragments', CALL + ARGUMENTS + ARGUMENTS, 1, block('tool_calls'), 2],
    ['a tool call in one fragment', CALL.replace('"arguments":""', '"arguments":"{}"'), 1, block('tool_calls'), 1],
    ['a tool call with an object', CALL.replace('"arguments":""', '"arguments":{}'), 1, block('tool_calls'), 1],
    ['a custom tool', choice({ tool_calls: [{ index: 0, custom: { input: 'x' } }] }), 1, block('tool_calls'), 1],
    ['text behind a tool call', CALL + TEXT + TEXT, 1, block('tool_calls'), 2],
    ['function_call', choice({ function_call: { name: 'f', arguments: '{' } }), 1, block('function_call'), 1],
    ['a stop reason', ROLE + TEXT + STOP, 1, { phase: 'stopping', stopReason: 'stop' }, 1],
    ['an unknown stop reason', TEXT + choice({}, 'tired'), 1, { phase: 'stopping', stopReason: 'tired' }, 1],
    ['an empty stop reason', TEXT + choice({}, ''), 1, block('text'), 1],
    [
      'a stop reason with its text',
      choice({ content: 'Hi' }, 'length'),
      1,
      { phase: 'stopping', stopReason: 'length' },
      1,
    ],
    ['usage behind the stop reason', TEXT + STOP + USAGE, 1, { phase: 'stopping', stopReason: 'stop' }, 1],
    ['text behind the stop reason', TEXT + STOP + TEXT, 1, block('text'), 2],
    ['an unknown choice count', TEXT + STOP, undefined, { phase: 'open' }, 1],
    ['an odd choice count', TEXT + STOP, 1.5, { phase: 'open' }, 1],
    ['one of two stop reasons', TEXT + STOP, 2, { phase: 'open' }, 1],
    ['two of two stop reasons', STOP + choice({}, 'length', 1), 2, { phase: 'stopping', stopReason: 'stop,length' }, 0],
    [
      'one more choice than asked for',
      STOP + choice({ content: 'a' }, null, 1),
      1,
      { phase: 'block', blocks: new Map([[1, 'text']]) },
      1,
    ],
    [
      'a choice without an index',
      TEXT.replace('"index":0,', '') + STOP.replace('"index":0,', ''),
      1,
      { phase: 'block' },
      1,
    ],
    ['[DONE]', TEXT + STOP + DONE, 1, { phase: 'done' }, 1],
    ['[DONE] without a space', 'data:[DONE]\n\n', undefined, { phase: 'done' }, 0],
    ['[DONE] behind half an answer', TEXT + DONE, 2, { phase: 'done' }, 1],
    [
      'an error',
      `${TEXT}data: {"error":{"type":"server_error"}}\n\n`,
      1,
      { phase: 'failed', errorType: 'server_error' },
      1,
    ],
    ['an error with a code alone', 'data: {"error":{"code":502}}\n\n', 1, { phase: 'failed', errorType: '502' }, 0],
    [
      'an error that is a text',
      'data: {"error":"the whole story"}\n\n',
      1,
      { phase: 'failed', errorType: 'unknown' },
      0,
    ],
    ['an error that is null', TEXT.replace('{"id"', '{"error":null,"id"'), 1, block('text'), 1],
    ['data that is no JSON object', 'data: oops\n\ndata: 1\n\ndata: null\n\ndata: []\n\n', 1, { phase: 'idle' }, 0],
    ['choices that are none', 'data: {"choices":[null,1]}\n\ndata: {"choices":{}}\n\n', 1, { phase: 'idle' }, 0],
    ['deltas that are none', 'data: {"choices":[{"index":0,"delta":null},{"index":1}]}\n\n', 1, { phase: 'open' }, 0],
  ])('after %s', (_name, sent, n, state, count) => {
    const { finalizer, out } = start(sent, { n })
    expect(finalizer.state).toMatchObject(state)
    expect(finalizer.modelDataCount).toBe(count)
    expect(out).toBe(sent)
  })
})

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

describe('heartbeat()', () => {
  const heartbeat = (sent: string): string | undefined => {
    const bytes = start(sent).finalizer.heartbeat()
    return bytes && Buffer.from(bytes).toString()
  }

  test('is a comment in the line ending of the stream', () => {
    for (const sent of ['', ROLE, TEXT, TEXT + STOP]) expect(heartbeat(sent)).toBe(': stopbit\n\n')
    expect(heartbeat(TEXT.replaceAll('\n', '\r\n'))).toBe(': stopbit\r\n\r\n')
  })

  test('is none after the end', () => {
    expect(heartbeat(TEXT + DONE)).toBeUndefined()
    expect(heartbeat('data: {"error":{"message":"m"}}\n\n')).toBeUndefined()
  })

  test.each(['id: 1\n\n', 'id\n\n', `id:1\n${TEXT}`, TEXT.replace('\n\n', '\nid: 1\n\n'), 'data: {}\r\nid: 1\r\n\r\n'])(
    'is none once the upstream has sent an id: %j',
    (sent) => {
      expect(heartbeat(TEXT + sent + TEXT)).toBeUndefined()
    },
  )

  test('is still one where only a text or another field says id', () => {
    expect(heartbeat(`idx: 1\n${choice({ content: 'id:' })}`)).toBe(': stopbit\n\n')
  })
})

describe('errorResponse()', () => {
  test.each<[FaultKind, number, string, string[]]>([
    ['refused', 502, 'upstream_connection_error', []],
    ['headers-timeout', 504, 'upstream_timeout', []],
    ['pool-full', 503, 'upstream_overloaded', ['retry-after', '2']],
    ['tls-trust', 502, 'upstream_connection_error', ['x-should-retry', 'false']],
  ])('answers %s with %i and the code %s', (kind, status, code, more) => {
    expect(openaiChat.errorResponse({ fault: createFault(kind) }, 'req_1')).toEqual({
      status,
      headers: ['content-type', 'application/json', 'x-request-id', 'req_1', ...more],
      body: errorEvent(kind, code).slice('data: '.length).trimEnd(),
    })
  })

  test('answers a refusal with its own status and sentence', () => {
    const { body, ...head } = openaiChat.errorResponse(
      { refusal: { status: 401, sentence: 'Not from here.' } },
      'req_1',
    )
    expect(head).toEqual({ status: 401, headers: ['content-type', 'application/json', 'x-request-id', 'req_1'] })
    const error = { message: 'Not from here.', type: 'invalid_request_error', param: null, code: 'request_refused' }
    expect(JSON.parse(body)).toEqual({ error })
  })
})
