/** A dialect that a client speaks. */
export type DialectId = 'anthropic-messages' | 'openai-chat' | 'openai-responses' | 'gemini'

/** A stream that stops in the middle: whole events, then the beginning of one more. */
export interface Cut {
  readonly sent: string
  /** Half an event. No client may ever get it. */
  readonly torn: string
  /** What the whole events have brought: text, and arguments of a tool call that is not closed. */
  readonly text: string
  readonly args: string
}

/** What the upstream says in one dialect: some text and one tool call, whole and cut, and a second answer. */
export interface ApiStream {
  readonly whole: readonly string[]
  /** Answers the request that a client makes of an executed call. Its text is `FOLLOW_UP_TEXT`. */
  readonly followUp: readonly string[]
  readonly midText: Cut
  /** Within the arguments of the call. */
  readonly midTool: Cut
  /** Behind the last piece of the arguments, where nothing says yet that they are whole. Missing where calls come whole. */
  readonly openTool?: Cut
}

const HALF = 'Half '
const REST = 'an answer 👋'
export const WHOLE_TEXT: string = HALF + REST
export const FOLLOW_UP_TEXT = 'Done.'
/** Whole JSON one event before the call is closed: a call that could be executed too early. */
export const ARGUMENTS = '{"city":"Bern"}'
const PIECES = ['{"city":', '"Bern"}'] as const

const named = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
const plain = (data: object): string => `data: ${JSON.stringify(data)}\n\n`

/** Cuts within the event that follows the first `count`. */
function cut(events: readonly string[], count: number, { text, args }: Pick<Cut, 'text' | 'args'>): Cut {
  const next = events[count] ?? ''
  return { sent: events.slice(0, count).join(''), torn: next.slice(0, Math.floor(next.length / 2)), text, args }
}

const MID_TEXT = { text: HALF, args: '' }
const MID_TOOL = { text: WHOLE_TEXT, args: PIECES[0] }
const OPEN_TOOL = { text: WHOLE_TEXT, args: ARGUMENTS }

const messageStart = (id: string): string =>
  named({
    type: 'message_start',
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  })
const blockStart = (index: number, content_block: object): string =>
  named({ type: 'content_block_start', index, content_block })
const blockDelta = (index: number, delta: object): string => named({ type: 'content_block_delta', index, delta })
const blockStop = (index: number): string => named({ type: 'content_block_stop', index })
const messageEnd = (reason: string): readonly string[] => [
  named({ type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 9 } }),
  named({ type: 'message_stop' }),
]

const MESSAGES = [
  messageStart('msg_1'),
  blockStart(0, { type: 'text', text: '' }),
  blockDelta(0, { type: 'text_delta', text: HALF }),
  blockDelta(0, { type: 'text_delta', text: REST }),
  blockStop(0),
  blockStart(1, { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }),
  ...PIECES.map((partial_json) => blockDelta(1, { type: 'input_json_delta', partial_json })),
  blockStop(1),
  ...messageEnd('tool_use'),
]

const chatChunk = (delta: object, finish: string | null = null): string =>
  plain({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })
const chatCall = (fields: object): string => chatChunk({ tool_calls: [{ index: 0, ...fields }] })
const CHAT_OPENING = chatChunk({ role: 'assistant', content: '', refusal: null })

const CHAT = [
  CHAT_OPENING,
  chatChunk({ content: HALF }),
  chatChunk({ content: REST }),
  chatCall({ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } }),
  ...PIECES.map((piece) => chatCall({ function: { arguments: piece } })),
  chatChunk({}, 'tool_calls'),
  'data: [DONE]\n\n',
]

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'gpt',
  output: [] as readonly object[],
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
const USAGE = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 2,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 3,
}

interface Item {
  readonly events: readonly { readonly type: string; readonly [field: string]: unknown }[]
  readonly item: object
}

function messageItem(pieces: readonly string[]): Item {
  const at = { item_id: 'msg_0', output_index: 0, content_index: 0 }
  const text = pieces.join('')
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  const item = { id: 'msg_0', type: 'message', role: 'assistant', status: 'completed', content: [part] }
  const added = { ...item, status: 'in_progress', content: [] }
  const events = [
    { type: 'response.output_item.added', output_index: 0, item: added },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
    { type: 'response.output_item.done', output_index: 0, item },
  ]
  return { events, item }
}

function callItem(): Item {
  const at = { item_id: 'fc_1', output_index: 1 }
  const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'get_weather' }
  const item = { ...call, arguments: ARGUMENTS, status: 'completed' }
  const added = { ...call, arguments: '', status: 'in_progress' }
  const events = [
    { type: 'response.output_item.added', output_index: 1, item: added },
    ...PIECES.map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
    { type: 'response.function_call_arguments.done', ...at, name: 'get_weather', arguments: ARGUMENTS },
    { type: 'response.output_item.done', output_index: 1, item },
  ]
  return { events, item }
}

function responseOf(items: readonly Item[]): string[] {
  const output = items.map(({ item }) => item)
  return [
    { type: 'response.created', response: { ...RESPONSE, status: 'in_progress' } },
    ...items.flatMap(({ events }) => events),
    { type: 'response.completed', response: { ...RESPONSE, status: 'completed', output, usage: USAGE } },
  ].map((event, at) => named({ ...event, sequence_number: at }))
}

const RESPONSES = responseOf([messageItem([HALF, REST]), callItem()])

/** With CRLF, as the API sends them. */
const candidate = (part: object, more: object = {}): string =>
  plain({ candidates: [{ index: 0, content: { role: 'model', parts: [part] }, ...more }] }).replaceAll('\n', '\r\n')

const GEMINI = [
  candidate({ text: HALF }),
  candidate({ text: REST }),
  candidate({ functionCall: { id: 'call_1', name: 'get_weather', args: JSON.parse(ARGUMENTS) as object } }),
  candidate({ text: '' }, { finishReason: 'STOP' }),
]

/** Source of the event forms: the vendors' API documentation and the types of their SDKs. */
export const STREAMS: Readonly<Record<DialectId, ApiStream>> = {
  'anthropic-messages': {
    whole: MESSAGES,
    followUp: [
      messageStart('msg_2'),
      blockStart(0, { type: 'text', text: '' }),
      blockDelta(0, { type: 'text_delta', text: FOLLOW_UP_TEXT }),
      blockStop(0),
      ...messageEnd('end_turn'),
    ],
    midText: cut(MESSAGES, 3, MID_TEXT),
    midTool: cut(MESSAGES, 7, MID_TOOL),
    openTool: cut(MESSAGES, 8, OPEN_TOOL),
  },
  'openai-chat': {
    whole: CHAT,
    followUp: [CHAT_OPENING, chatChunk({ content: FOLLOW_UP_TEXT }), chatChunk({}, 'stop'), 'data: [DONE]\n\n'],
    midText: cut(CHAT, 2, MID_TEXT),
    midTool: cut(CHAT, 5, MID_TOOL),
    openTool: cut(CHAT, 6, OPEN_TOOL),
  },
  'openai-responses': {
    whole: RESPONSES,
    followUp: responseOf([messageItem([FOLLOW_UP_TEXT])]),
    midText: cut(RESPONSES, 4, MID_TEXT),
    midTool: cut(RESPONSES, 10, MID_TOOL),
    openTool: cut(RESPONSES, 11, OPEN_TOOL),
  },
  gemini: {
    whole: GEMINI,
    followUp: [candidate({ text: FOLLOW_UP_TEXT }, { finishReason: 'STOP' })],
    midText: cut(GEMINI, 1, MID_TEXT),
    // A call comes whole in its event, so that it is cut within that event or not at all.
    midTool: cut(GEMINI, 2, { ...MID_TOOL, args: '' }),
  },
}
