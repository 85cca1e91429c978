import { describe, expect, test } from 'vitest'
import {
  blockStop,
  errorEvent,
  MESSAGE_STOP,
  PING,
  START,
  STOP_REASON,
  TEXT,
  toolRest,
  toolStart,
} from '../../test/evidence-of.ts'
import { candidate, chunk, dataEvents, eventsOf, responseEvent, typedEvents } from '../../test/dialect-events.ts'
import { dialectRules } from './dialect.ts'

const call = (index: number, name?: string): object => ({
  tool_calls: [{ index, function: { ...(name === undefined ? {} : { name }), arguments: '{' } }],
})
const CHAT_ERROR = { error: { message: 'Lost.' } }

describe('meanings', () => {
  test.each([
    [
      'anthropic-messages',
      START + PING + STOP_REASON + MESSAGE_STOP,
      ['other', 'other', 'stop-reason', 'success-terminal'],
    ],
    ['anthropic-messages', errorEvent('x'), ['error-terminal']],
    ['anthropic-messages', `${MESSAGE_STOP}data: [DONE]\n\n`, ['success-terminal', 'other']],
    ['openai-chat', dataEvents(chunk({}), chunk({}, 'stop'), '[DONE]'), ['other', 'stop-reason', 'success-terminal']],
    [
      'openai-chat',
      dataEvents(CHAT_ERROR, { ...chunk({}, 'error'), ...CHAT_ERROR }),
      ['error-terminal', 'error-terminal'],
    ],
    [
      'openai-responses',
      typedEvents(
        { type: 'response.created' },
        { type: 'response.incomplete' },
        { type: 'response.failed' },
        { type: 'error' },
      ),
      ['other', 'success-terminal', 'error-terminal', 'error-terminal'],
    ],
    [
      'gemini',
      dataEvents(candidate('a'), candidate('', 'STOP'), { usageMetadata: {} }),
      ['other', 'success-terminal', 'other'],
    ],
    ['gemini', dataEvents(candidate('a', 'CONTINUATION')), ['other']],
    ['gemini', dataEvents({ promptFeedback: { blockReason: 'SAFETY' } }), ['success-terminal']],
    ['gemini', dataEvents({ error: { code: 503, message: 'x' } }), ['error-terminal']],
    ['opaque', typedEvents({ type: 'error' }), ['other']],
  ] as const)('%s %#', (dialect, text, meanings) => {
    expect(dialectRules(dialect).meaningsOf(eventsOf(text), 1)).toEqual(meanings)
  })

  test('Gemini is through only with the last of the candidates that were asked for', () => {
    const events = eventsOf(dataEvents(candidate('a', 'STOP', 0), candidate('b', 'STOP', 1)))
    expect(dialectRules('gemini').meaningsOf(events, 2)).toEqual(['stop-reason', 'success-terminal'])
  })

  test('Chat is stopped only when every choice has its reason', () => {
    const { isStopped } = dialectRules('openai-chat')
    const one = eventsOf(dataEvents(chunk({ content: 'a' }, 'stop', 0), chunk({ content: 'b' }, null, 1)))
    expect(isStopped(one, 1)).toBe(false)
    expect(isStopped(eventsOf(dataEvents(chunk({}, 'stop'))), 2)).toBe(false)
    expect(isStopped(eventsOf(dataEvents(chunk({}, 'stop', 0), chunk({}, 'length', 1))), 2)).toBe(true)
  })
})

describe('open tool calls', () => {
  const added = responseEvent('response.output_item.added', 1, { output_index: 0, item: { type: 'function_call' } })
  const partial = { candidates: [{ content: { parts: [{ functionCall: { name: 'n', willContinue: true } }] } }] }
  test.each([
    ['anthropic-messages', toolStart(1), ['1'], toolRest(1), 'continued'],
    ['anthropic-messages', toolStart(1).replace('tool_use', 'mcp_tool_use'), ['1'], blockStop(1), 'closed'],
    ['anthropic-messages', toolStart(1).replace('tool_use', 'server_tool_use'), ['1'], TEXT, undefined],
    ['anthropic-messages', toolStart(1) + blockStop(1), [], blockStop(1), undefined],
    ['openai-chat', dataEvents(chunk(call(0, 'n'))), ['0/0'], dataEvents(chunk(call(0))), 'continued'],
    ['openai-chat', dataEvents(chunk(call(0, 'n'))), ['0/0'], dataEvents(chunk({}, 'tool_calls')), 'closed'],
    ['openai-chat', dataEvents(chunk(call(0, 'n')), chunk({}, 'tool_calls')), [], dataEvents(CHAT_ERROR), undefined],
    [
      'openai-responses',
      typedEvents(added),
      ['0'],
      typedEvents(responseEvent('response.function_call_arguments.delta', 2, { output_index: 0, delta: '}' })),
      'continued',
    ],
    [
      'openai-responses',
      typedEvents(added),
      ['0'],
      typedEvents(responseEvent('response.output_item.done', 2, { output_index: 0, item: {} })),
      'closed',
    ],
    ['gemini', dataEvents(partial), ['0'], dataEvents(candidate('', 'STOP')), 'closed'],
    ['gemini', dataEvents(partial), ['0'], dataEvents(partial), 'continued'],
    ['opaque', dataEvents(chunk(call(0, 'n'))), [], dataEvents('x'), undefined],
  ] as const)('%s %#', (dialect, sent, open, next, change) => {
    const rules = dialectRules(dialect)
    expect(rules.openToolCalls(eventsOf(sent))).toEqual(open)
    const [event] = eventsOf(next)
    expect(event === undefined ? undefined : rules.changesToolCall(event, open)).toBe(change)
  })
})

describe('grammar', () => {
  const created = responseEvent('response.created', 0)
  const delta = responseEvent('response.output_text.delta', 2, { output_index: 0, delta: 'a' })
  const added = responseEvent('response.output_item.added', 1, { output_index: 0, item: {} })
  test.each([
    ['anthropic-messages', START + toolStart(0) + blockStop(0) + toolStart(1) + errorEvent('x'), undefined],
    ['anthropic-messages', START + START, 'a second message_start'],
    ['anthropic-messages', TEXT, 'content_block_delta before message_start'],
    ['anthropic-messages', START + TEXT, 'a text_delta outside a block (index 0)'],
    ['anthropic-messages', START + toolStart(0) + TEXT, 'a text_delta in a tool_use block'],
    ['anthropic-messages', START + toolStart(0) + toolStart(0), 'block 0 begins a second time'],
    ['anthropic-messages', START + blockStop(3), 'block 3 ends and is not open'],
    ['anthropic-messages', `${START}event: news\ndata: {}\n\n`, undefined],
    ['openai-chat', dataEvents(chunk(call(0, 'n')), chunk(call(0)), chunk({}, 'tool_calls'), '[DONE]'), undefined],
    ['openai-chat', dataEvents({ type: 'ping' }), 'neither a chunk nor an error: {"type":"ping"}'],
    ['openai-chat', dataEvents(chunk(call(0))), 'tool call 0/0 has no name'],
    ['openai-chat', dataEvents(chunk({}, 'stop'), chunk({ content: 'x' })), 'choice 0 goes on after its end'],
    ['openai-responses', typedEvents(created, added, delta, responseEvent('error', 3)), undefined],
    ['openai-responses', typedEvents(responseEvent('response.failed', 0)), 'response.failed before response.created'],
    ['openai-responses', typedEvents(created, responseEvent('response.created', 1)), 'a second response.created'],
    ['openai-responses', typedEvents(created, responseEvent('error', 0)), 'sequence_number 0 of error after 0'],
    ['openai-responses', typedEvents(created, delta), 'response.output_text.delta for item 0, which is not open'],
    [
      'openai-responses',
      `event: x\ndata: ${JSON.stringify(created)}\n\n`,
      '"event: x" over data of type response.created',
    ],
    ['gemini', dataEvents(candidate('a'), candidate('', 'STOP'), { usageMetadata: {} }), undefined],
    ['gemini', typedEvents({ type: 'ping' }), '"event: ping", which is never read'],
    ['gemini', dataEvents(candidate('a', 'STOP'), candidate('b')), 'candidate 0 goes on after its end'],
    ['gemini', dataEvents({ error: { message: 'x' } }), 'an error without a numeric code: {"error":{"message":"x"}}'],
    ['opaque', dataEvents('anything'), undefined],
  ] as const)('%s %#', (dialect, text, problem) => {
    expect(dialectRules(dialect).grammarProblem(eventsOf(text))).toBe(problem)
  })
})

test.each([
  ['anthropic-messages', '{"type":"error","error":{"type":"api_error","message":"x"}}', true],
  ['openai-chat', '{"error":{"message":"x"}}', true],
  ['openai-responses', '{"type":"error"}', false],
  ['gemini', '{"error":{"message":"x"}}', false],
  ['gemini', '{"error":{"code":503,"message":"x"}}', true],
  ['gemini', '[{"candidates":[]},{"error":{"code":503,"message":"x"}}]', true],
  ['opaque', '{"error":"x"}', true],
] as const)('an error body of %s is told from others: %s', (dialect, body, is) => {
  expect(dialectRules(dialect).isErrorBody(JSON.parse(body))).toBe(is)
})
