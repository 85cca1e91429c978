import { createFault, type FaultKind } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import {
  choice,
  ROLE,
  TEXT,
  CALL,
  ARGUMENTS,
  STOP,
  USAGE,
  DONE,
  start,
  errorEvent,
} from '../../../test/chat-streams.ts'
import { openaiChat } from './index.ts'

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
