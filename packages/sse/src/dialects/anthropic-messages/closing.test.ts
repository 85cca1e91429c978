import { createFault } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { createFinalizer } from '../../finalizer/create-finalizer.ts'
import type { EndingPolicy } from '../dialect.ts'
import { anthropicMessages } from './index.ts'

const START = event('message_start', { message: { id: 'msg_0', usage: { input_tokens: 3, output_tokens: 1 } } })
const TEXT = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
const TEXT_DELTA = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hi' } })
const THINKING = event('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '' } })
const THINKING_DELTA = event('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } })
const SIGNATURE = event('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'sig' } })
const STOP_0 = event('content_block_stop', { index: 0 })
const MAX_TOKENS = '"stop_reason":"max_tokens","stop_sequence":null}'

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

function block(index: number, type: string): string {
  return event('content_block_start', { index, content_block: { type, id: 'toolu_0', name: 'run', input: {} } })
}

/** How a stream of these events ends when it is cut, and with what. */
function cut(ending: EndingPolicy, ...events: string[]): { ending: string; text: string } {
  const finalizer = createFinalizer({ dialect: anthropicMessages, request: {}, requestId: 'req_1', ending })
  finalizer.push(Buffer.from(events.join('')), () => undefined)
  const closing = finalizer.end(createFault('body-reset'))
  return { ending: closing.ending, text: Buffer.from(closing.bytes).toString() }
}

describe('keep-partial', () => {
  test('closes an open text block before the error', () => {
    const { ending, text } = cut('keep-partial', START, TEXT, TEXT_DELTA)
    expect(ending).toBe('kept-partial')
    expect(text.startsWith(`${STOP_0}event: error\n`)).toBe(true)
  })

  test.each([
    ['an open tool call', [START, block(0, 'tool_use')]],
    ['open thinking', [START, THINKING, THINKING_DELTA]],
    ['no open block', [START, TEXT, TEXT_DELTA, STOP_0]],
    ['nothing sent', []],
  ])('is the bare error with %s', (_name, events) => {
    const { ending, text } = cut('keep-partial', ...events)
    expect(ending).toBe('error')
    expect(text.startsWith('event: error\n')).toBe(true)
  })
})

describe('truncate', () => {
  test.each([
    ['in a text block', [START, TEXT, TEXT_DELTA], STOP_0],
    ['after a text block', [START, TEXT, TEXT_DELTA, STOP_0], ''],
    ['before any block', [START], ''],
    ['in signed thinking', [START, THINKING, THINKING_DELTA, SIGNATURE], STOP_0],
    ['in a block that is whole in its start', [START, block(0, 'redacted_thinking')], STOP_0],
  ])('ends gracefully %s, with max_tokens and the last known count', (_name, events, stops) => {
    const { ending, text } = cut('truncate', ...events)
    expect(ending).toBe('truncated')
    expect(text.startsWith(`${stops}event: message_delta\n`)).toBe(true)
    expect(text).toContain(MAX_TOKENS)
    expect(text).toContain('"usage":{"output_tokens":1}')
    expect(text.endsWith('event: message_stop\ndata: {"type":"message_stop"}\n\n')).toBe(true)
    expect(text).not.toMatch(/end_turn|tool_use/)
  })

  test.each([
    ['while a tool call is open', [START, block(0, 'tool_use')]],
    ['once a tool call has begun, though it is closed', [START, block(0, 'tool_use'), STOP_0]],
    [
      'in text behind a finished tool call',
      [START, block(0, 'tool_use'), STOP_0, TEXT.replace('"index":0', '"index":1')],
    ],
    ['while a server tool is open', [START, block(0, 'server_tool_use')]],
    ['while an MCP tool is open', [START, block(0, 'mcp_tool_use')]],
    ['in unsigned thinking', [START, THINKING, THINKING_DELTA]],
    ['in a compaction', [START, block(0, 'compaction')]],
    ['when nothing was sent', []],
  ])('is refused %s, and falls back to the error', (_name, events) => {
    const { ending, text } = cut('truncate', ...events)
    expect(ending).toBe('error')
    expect(text.startsWith('event: error\n')).toBe(true)
    expect(text).not.toContain('stop_reason')
  })

  test('changes nothing where only the sentinel is missing', () => {
    const stop = event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } })
    expect(cut('truncate', START, TEXT, TEXT_DELTA, STOP_0, stop).ending).toBe('completed-sentinel')
  })
})
