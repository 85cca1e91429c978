/** A short stream of one API, with places to cut it at. */
export interface ApiStream {
  readonly target: string
  /** A request that may be executed twice without harm. */
  readonly body: string
  readonly events: readonly string[]
  /** How many events come before any model data. */
  readonly opening: number
  /** How many events have brought `Half ` and no more. */
  readonly midText: number
}

const named = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
const plain = (data: object): string => `data: ${JSON.stringify(data)}\n\n`

const START = named({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  },
})
const textDelta = (text: string): string =>
  named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const argumentDelta = (partial_json: string): string =>
  named({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json } })

export const ANTHROPIC: ApiStream = {
  target: '/v1/messages',
  body: '{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}',
  events: [
    START,
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    named({ type: 'ping' }),
    textDelta('Half '),
    textDelta('an answer 👋'),
    named({ type: 'content_block_stop', index: 0 }),
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 9 },
    }),
    named({ type: 'message_stop' }),
  ],
  opening: 3,
  midText: 4,
}

/** A tool call whose arguments happen to be whole JSON, and that is not closed. */
export const ANTHROPIC_OPEN_TOOL: readonly string[] = [
  START,
  named({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} },
  }),
  argumentDelta('{"city":'),
  argumentDelta('"Bern"}'),
]

const chatChunk = (delta: object, finish: string | null = null): string =>
  plain({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })

export const CHAT: ApiStream = {
  target: '/v1/chat/completions',
  body: '{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}',
  events: [
    chatChunk({ role: 'assistant', content: '', refusal: null }),
    chatChunk({ content: 'Half ' }),
    chatChunk({ content: 'an answer 👋' }),
    chatChunk({}, 'stop'),
    'data: [DONE]\n\n',
  ],
  opening: 1,
  midText: 2,
}

const call = (fields: object): string => chatChunk({ tool_calls: [{ index: 0, ...fields }] })
export const CHAT_OPEN_TOOL: readonly string[] = [
  chatChunk({ role: 'assistant', content: null }),
  call({ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } }),
  call({ function: { arguments: '{"city":' } }),
  call({ function: { arguments: '"Bern"}' } }),
]

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'gpt',
  output: [],
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  usage: null,
}
const AT = { item_id: 'msg_0', output_index: 0, content_index: 0 }
const PART = { type: 'output_text', text: 'Half an answer 👋', annotations: [], logprobs: [] }
const MESSAGE = { id: 'msg_0', type: 'message', role: 'assistant', status: 'completed', content: [PART] }
const USAGE = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 2,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 3,
}

function numbered(events: readonly { readonly type: string; readonly [field: string]: unknown }[]): string[] {
  return events.map((event, i) => named({ ...event, sequence_number: i }))
}

const CREATED = { type: 'response.created', response: { ...RESPONSE, status: 'in_progress' } }

export const RESPONSES: ApiStream = {
  target: '/v1/responses',
  body: '{"model":"m","stream":true,"store":false,"input":"Hello"}',
  events: numbered([
    CREATED,
    { type: 'response.output_item.added', output_index: 0, item: { ...MESSAGE, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...AT, part: { ...PART, text: '' } },
    { type: 'response.output_text.delta', ...AT, delta: 'Half ', logprobs: [] },
    { type: 'response.output_text.delta', ...AT, delta: 'an answer 👋', logprobs: [] },
    { type: 'response.output_text.done', ...AT, text: PART.text, logprobs: [] },
    { type: 'response.content_part.done', ...AT, part: PART },
    { type: 'response.output_item.done', output_index: 0, item: MESSAGE },
    { type: 'response.completed', response: { ...RESPONSE, status: 'completed', output: [MESSAGE], usage: USAGE } },
  ]),
  opening: 3,
  midText: 4,
}

const FUNCTION_CALL = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'get_weather' }
const FUNCTION_AT = { item_id: 'fc_1', output_index: 0 }
export const RESPONSES_OPEN_TOOL: readonly string[] = numbered([
  CREATED,
  {
    type: 'response.output_item.added',
    output_index: 0,
    item: { ...FUNCTION_CALL, arguments: '', status: 'in_progress' },
  },
  { type: 'response.function_call_arguments.delta', ...FUNCTION_AT, delta: '{"city":' },
  { type: 'response.function_call_arguments.delta', ...FUNCTION_AT, delta: '"Bern"}' },
])

const candidate = (text: string, more: object = {}): string =>
  plain({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...more }] }).replaceAll('\n', '\r\n')

export const GEMINI: ApiStream = {
  target: '/v1beta/models/gemini:streamGenerateContent?alt=sse',
  body: '{"contents":[{"parts":[{"text":"Hello"}]}]}',
  events: [candidate(''), candidate('Half '), candidate('an answer 👋', { finishReason: 'STOP' })],
  opening: 1,
  midText: 2,
}
