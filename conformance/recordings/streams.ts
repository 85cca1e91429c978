import type { Recipe } from './recipe.ts'

type Dialect = Recipe['dialect']

/** What a scripted server sends: the events before its failure, and those that would have ended the answer. */
export interface ScriptedStream {
  readonly before: readonly string[]
  readonly rest: readonly string[]
}

function named(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

const ANTHROPIC_START = named('message_start', {
  message: {
    id: 'msg_00000000000000000000000001',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 12, output_tokens: 1 },
  },
})

function anthropicText(text: string): string {
  return named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
}

const ANTHROPIC: ScriptedStream = {
  before: [
    ANTHROPIC_START,
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    anthropicText('The proxy ends '),
    anthropicText('each stream '),
  ],
  rest: [
    anthropicText('truthfully.'),
    named('content_block_stop', { index: 0 }),
    named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } }),
    named('message_stop', {}),
  ],
}

const ANTHROPIC_TOOL: ScriptedStream = {
  before: [
    ANTHROPIC_START,
    named('content_block_start', {
      index: 0,
      content_block: { type: 'tool_use', id: 'toolu_0000000000000000000001', name: 'read_file', input: {} },
    }),
    named('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: '{"path": ' } }),
    named('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: '"src/ma' } }),
  ],
  rest: [],
}

function chatChunk(delta: object, finish_reason: string | null = null): string {
  return data({
    id: 'chatcmpl-000000000000000000000000',
    object: 'chat.completion.chunk',
    created: 1700000000,
    model: 'gpt-5',
    choices: [{ index: 0, delta, finish_reason }],
  })
}

const CHAT: ScriptedStream = {
  before: [
    chatChunk({ role: 'assistant', content: '' }),
    chatChunk({ content: 'The proxy ends ' }),
    chatChunk({ content: 'each stream ' }),
  ],
  rest: [chatChunk({ content: 'truthfully.' }), chatChunk({}, 'stop'), 'data: [DONE]\n\n'],
}

const RESPONSE = { id: 'resp_0000000000000000000000000001', object: 'response', status: 'in_progress', output: [] }
const MESSAGE_ITEM = {
  id: 'msg_0000000000000000000000000001',
  type: 'message',
  status: 'in_progress',
  role: 'assistant',
}

function responsesText(delta: string, sequence_number: number): string {
  const place = { item_id: MESSAGE_ITEM.id, output_index: 0, content_index: 0 }
  return named('response.output_text.delta', { sequence_number, ...place, delta })
}

const RESPONSES: ScriptedStream = {
  before: [
    named('response.created', { sequence_number: 0, response: RESPONSE }),
    named('response.in_progress', { sequence_number: 1, response: RESPONSE }),
    named('response.output_item.added', {
      sequence_number: 2,
      output_index: 0,
      item: { ...MESSAGE_ITEM, content: [] },
    }),
    named('response.content_part.added', {
      sequence_number: 3,
      item_id: MESSAGE_ITEM.id,
      output_index: 0,
      content_index: 0,
      part: { type: 'output_text', text: '', annotations: [] },
    }),
    responsesText('The proxy ends ', 4),
    responsesText('each stream ', 5),
  ],
  rest: [],
}

function geminiChunk(text: string): string {
  return data({
    candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
    usageMetadata: { promptTokenCount: 12, totalTokenCount: 14 },
    modelVersion: 'gemini-2.5-flash',
  })
}

const GEMINI: ScriptedStream = { before: [geminiChunk('The proxy ends '), geminiChunk('each stream ')], rest: [] }

/** The scripted answers, by dialect. */
export const STREAMS: { readonly [dialect in Dialect]: ScriptedStream } = {
  'anthropic-messages': ANTHROPIC,
  'openai-chat': CHAT,
  'openai-responses': RESPONSES,
  gemini: GEMINI,
}

/** A tool call that is cut within its arguments. */
export const TOOL_CALL: ScriptedStream = ANTHROPIC_TOOL

/** The same stream with one more event, of which only the first bytes are sent. */
export function cutWithinEvent({ before, rest }: ScriptedStream): ScriptedStream {
  const next = rest[0] ?? ''
  return { before: [...before, next.slice(0, Math.floor(next.length / 2))], rest: [] }
}
