import type { RequestFacts } from '@stopbit/sse'

/** A whole answer of one dialect, event by event, as its API sends it. */
export interface Stream {
  readonly name: string
  readonly target: string
  readonly headers: readonly string[]
  /** What its request's body says: a call that may be replayed. */
  readonly facts: RequestFacts
  /** Events before the first model data. */
  readonly opening: readonly string[]
  /** Events with model data. */
  readonly data: readonly string[]
  /** Events from the last model data to the end, the terminal event included. */
  readonly finish: readonly string[]
}

export const SSE = ['content-type', 'text/event-stream; charset=utf-8', 'request-id', 'req_upstream']

export const START = 'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0"}}\n\n'
export const BLOCK =
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
export const DELTA =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n'
export const BLOCK_STOP = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
export const STOP_REASON =
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}\n\n'
export const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
export const PING = 'event: ping\ndata: {"type":"ping"}\n\n'
export const OVERLOADED =
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'

/** A chunk of Chat Completions. */
export function chunk(delta: object, reason: string | null = null, index = 0): string {
  const choices = [{ index, delta, finish_reason: reason }]
  const data = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'g', choices }
  return `data: ${JSON.stringify(data)}\n\n`
}

/** An event of Responses. */
export function responsesEvent(type: string, sequenceNumber: number, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequenceNumber, ...fields })}\n\n`
}

/** A chunk of Gemini, without its framing. */
export function candidate(text: string, more: object = {}): string {
  return JSON.stringify({ candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...more }] })
}

/** An event that has only data, in CRLF as Gemini sends them. */
export function geminiEvent(data: string): string {
  return `data: ${data}\r\n\r\n`
}

const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1, model: 'g', output: [] }
const ITEM = { id: 'msg_1', type: 'message', role: 'assistant', content: [] }
const PART = { item_id: 'msg_1', output_index: 0, content_index: 0 }

export const ANTHROPIC: Stream = {
  name: 'anthropic-messages',
  target: '/v1/messages?beta=true',
  headers: SSE,
  facts: { stream: true, choiceCount: 1, prompt: 'messages' },
  opening: [START, BLOCK, PING],
  data: [DELTA, DELTA, DELTA],
  finish: [BLOCK_STOP, STOP_REASON, STOP],
}

export const CHAT: Stream = {
  name: 'openai-chat',
  target: '/v1/chat/completions',
  headers: SSE,
  facts: { stream: true, choiceCount: 1, prompt: 'messages' },
  opening: [chunk({ role: 'assistant', content: '' }), chunk({}), ': keep-alive\n\n'],
  data: [chunk({ content: 'Hi' }), chunk({ content: ' there' }), chunk({ content: '!' })],
  finish: [chunk({}, 'stop'), 'data: {"id":"c","choices":[],"usage":{"total_tokens":3}}\n\n', 'data: [DONE]\n\n'],
}

export const RESPONSES: Stream = {
  name: 'openai-responses',
  target: '/v1/responses',
  headers: SSE,
  facts: { stream: true, choiceCount: 1, prompt: 'input', store: false },
  opening: [
    responsesEvent('response.created', 0, { response: { ...RESPONSE, status: 'in_progress' } }),
    responsesEvent('response.in_progress', 1, { response: { ...RESPONSE, status: 'in_progress' } }),
    responsesEvent('response.output_item.added', 2, { output_index: 0, item: ITEM }),
    responsesEvent('response.content_part.added', 3, { ...PART, part: { type: 'output_text', text: '' } }),
  ],
  data: [
    responsesEvent('response.output_text.delta', 4, { ...PART, delta: 'Hi' }),
    responsesEvent('response.output_text.delta', 5, { ...PART, delta: ' there' }),
  ],
  finish: [
    responsesEvent('response.output_item.done', 6, { output_index: 0, item: ITEM }),
    responsesEvent('response.completed', 7, { response: { ...RESPONSE, status: 'completed' } }),
  ],
}

export const GEMINI: Stream = {
  name: 'gemini',
  target: '/v1beta/models/m:streamGenerateContent?alt=sse',
  headers: SSE,
  facts: { choiceCount: 1, prompt: 'contents' },
  opening: [geminiEvent('{"usageMetadata":{"promptTokenCount":3}}'), geminiEvent(candidate(''))],
  data: [geminiEvent(candidate('Hi')), geminiEvent(candidate(' there'))],
  finish: [
    geminiEvent(candidate('', { finishReason: 'STOP' })),
    geminiEvent('{"usageMetadata":{"totalTokenCount":3}}'),
  ],
}

const GEMINI_ARRAY: Stream = {
  name: 'gemini array',
  target: '/v1beta/models/m:streamGenerateContent',
  headers: ['content-type', 'application/json; charset=UTF-8'],
  facts: { choiceCount: 1, prompt: 'contents' },
  opening: [`[${candidate('')}`],
  data: [`,\r\n${candidate('Hi')}`, `,\r\n${candidate(' there')}`],
  finish: [`,\r\n${candidate('', { finishReason: 'STOP' })}`, ']'],
}

/** The event streams of every dialect that is known. */
export const EVENT_STREAMS: readonly Stream[] = [ANTHROPIC, CHAT, RESPONSES, GEMINI]

/** Everything that is streamed in a dialect that is known. */
export const STREAMS: readonly Stream[] = [...EVENT_STREAMS, GEMINI_ARRAY]

export function eventsOf({ opening, data, finish }: Stream): readonly string[] {
  return [...opening, ...data, ...finish]
}

export function textOf(stream: Stream): string {
  return eventsOf(stream).join('')
}
