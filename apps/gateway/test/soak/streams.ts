import type { Random } from './random.ts'

/** The dialects of the soak; Gemini in both of its framings. */
export const WIRES = ['anthropic', 'chat', 'responses', 'gemini-sse', 'gemini-array'] as const
export type Wire = (typeof WIRES)[number]

/** A whole stream, and where it may be cut to what effect. */
export interface SoakStream {
  readonly wire: Wire
  /** Its events as bytes; of an array, its elements with what is between them. */
  readonly events: readonly string[]
  /** How many events come before the first model data. */
  readonly openingCount: number
  /** The first event of the tool call; every event up to `stopIndex` is of it. */
  readonly toolIndex: number
  /** The event with the stop reason. What comes before it leaves the answer unfinished. */
  readonly stopIndex: number
  /** The event that ends it. */
  readonly lastIndex: number
}

interface Texts {
  readonly mark: string
  readonly deltas: readonly string[]
  readonly tool: readonly string[]
}

/** How large a stream is. */
export type StreamSize = 'usual' | 'large-event' | 'flood'

const FILLER = 'Grüße 👋 and plain text. '.repeat(45_000)

/**
 * Responses says a whole text four times more behind its deltas, and none of that is model data: of eight deltas it would be
 * 29 MB, for which a loaded machine takes longer than the progress clock allows (measured: 9 s with 60 of them at a time).
 */
const FLOOD_DELTAS: Readonly<Record<Wire, number>> = {
  anthropic: 8,
  chat: 8,
  responses: 2,
  'gemini-sse': 8,
  'gemini-array': 8,
}

/** Makes a stream whose every text carries the mark of its exchange. */
export function makeStream(random: Random, wire: Wire, id: string, size: StreamSize): SoakStream {
  const mark = `[${id}]`
  const deltas = Array.from({ length: random.between(2, 10) }, () => mark + filler(random.between(1, 600)))
  if (size === 'large-event') deltas.splice(1, 0, mark + filler(random.between(70_000, 700_000)) + mark)
  if (size === 'flood') for (let i = 0; i < FLOOD_DELTAS[wire]; i++) deltas.push(mark + filler(900_000))
  const tool = Array.from(
    { length: random.between(2, 4) },
    (_, i) => `${i === 0 ? '' : ','}${'q'.repeat(random.between(1, 60))}`,
  )
  const texts = { mark, deltas, tool }
  switch (wire) {
    case 'anthropic':
      return anthropic(texts)
    case 'chat':
      return chat(texts, random.chance(0.5))
    case 'responses':
      return responses(texts)
    case 'gemini-sse':
      return gemini(texts, wire, random.chance(0.5) ? '\r\n' : '\n')
    case 'gemini-array':
      return gemini(texts, wire, '')
    default:
      return wire satisfies never
  }
}

function filler(length: number): string {
  return FILLER.slice(0, length)
}

function named(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}

function anthropic({ mark, deltas, tool }: Texts): SoakStream {
  const usage = { input_tokens: 3, output_tokens: 1 }
  const message = { id: `msg_${mark}`, type: 'message', role: 'assistant', model: 'soak', content: [], usage }
  const delta = (index: number, of: object): string => named({ type: 'content_block_delta', index, delta: of })
  const opening = [
    named({ type: 'message_start', message }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    'event: ping\ndata: {"type": "ping"}\n\n', // with a space that our heartbeat has not
  ]
  const body = [
    ...deltas.map((text) => delta(0, { type: 'text_delta', text })),
    named({ type: 'content_block_stop', index: 0 }),
  ]
  const call = { type: 'tool_use', id: `toolu_${mark}`, name: 'f', input: {} }
  const tools = [
    named({ type: 'content_block_start', index: 1, content_block: call }),
    ...tool.map((part) => delta(1, { type: 'input_json_delta', partial_json: part })),
  ]
  const ending = [
    named({ type: 'content_block_stop', index: 1 }),
    named({ type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage }),
    named({ type: 'message_stop' }),
  ]
  return assemble('anthropic', { opening, body, tools, ending, stopAt: 1 })
}

function chat({ mark, deltas, tool }: Texts, hasUsage: boolean): SoakStream {
  const chunk = (choices: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify({ id: `chatcmpl-${mark}`, object: 'chat.completion.chunk', created: 1, model: 'soak', choices, ...more })}\n\n`
  const choice = (delta: object, reason: string | null = null): string =>
    chunk([{ index: 0, delta, finish_reason: reason }])
  const call = (part: string, i: number): object => ({
    tool_calls: [
      {
        index: 0,
        ...(i === 0 && { id: 'call_1', type: 'function' }),
        function: { ...(i === 0 && { name: 'f' }), arguments: part },
      },
    ],
  })
  return assemble('chat', {
    opening: [choice({ role: 'assistant', content: '' })],
    body: deltas.map((content) => choice({ content })),
    tools: tool.map((part, i) => choice(call(part, i))),
    ending: [
      choice({}, 'tool_calls'),
      ...(hasUsage ? [chunk([], { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } })] : []),
      'data: [DONE]\n\n',
    ],
    stopAt: 0,
  })
}

function responses({ mark, deltas, tool }: Texts): SoakStream {
  let number = 0
  const event = (type: string, fields: object): string => named({ type, sequence_number: number++, ...fields })
  const response = (status: string, output: readonly object[] = []): object => ({
    response: { id: `resp_${mark}`, object: 'response', created_at: 1, model: 'soak', status, output },
  })
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] }
  const part = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '', status: 'in_progress' }
  const text = deltas.join('')
  const whole = { type: 'output_text', text, annotations: [] }
  const opening = [
    event('response.created', response('in_progress')),
    event('response.in_progress', response('in_progress')),
    event('response.output_item.added', { output_index: 0, item }),
    event('response.content_part.added', { ...part, part: { type: 'output_text', text: '', annotations: [] } }),
  ]
  const body = [
    ...deltas.map((delta) => event('response.output_text.delta', { ...part, delta })),
    event('response.output_text.done', { ...part, text }),
    event('response.content_part.done', { ...part, part: whole }),
    event('response.output_item.done', { output_index: 0, item: { ...item, status: 'completed', content: [whole] } }),
  ]
  const ids = { item_id: 'fc_1', output_index: 1 }
  const tools = [
    event('response.output_item.added', { output_index: 1, item: call }),
    ...tool.map((delta) => event('response.function_call_arguments.delta', { ...ids, delta })),
  ]
  const done = { ...call, arguments: tool.join(''), status: 'completed' }
  const ending = [
    event('response.function_call_arguments.done', { ...ids, arguments: done.arguments }),
    event('response.output_item.done', { output_index: 1, item: done }),
    event('response.completed', response('completed', [done])),
  ]
  return assemble('responses', { opening, body, tools, ending, stopAt: 2 })
}

function gemini({ mark, deltas, tool }: Texts, wire: Wire, lineEnd: string): SoakStream {
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 }
  const chunk = (parts: readonly object[], finishReason?: string): string =>
    JSON.stringify({
      candidates: [
        { content: { parts, role: 'model' }, index: 0, ...(finishReason !== undefined && { finishReason }) },
      ],
      usageMetadata,
      responseId: mark,
    })
  const body = deltas.map((text) => chunk([{ text }]))
  const tools = tool.map((q) => chunk([{ functionCall: { name: 'f', args: { q } } }]))
  const stop = chunk([{ text: mark }], 'STOP')
  if (wire === 'gemini-sse') {
    const framed = (json: string): string => `data: ${json}${lineEnd}${lineEnd}`
    return assemble(wire, {
      opening: [],
      body: body.map(framed),
      tools: tools.map(framed),
      ending: [framed(stop)],
      stopAt: 0,
    })
  }
  const [first = '', ...others] = body
  return assemble(wire, {
    opening: [],
    body: [`[${first}`, ...others.map((json) => `,\r\n${json}`)],
    tools: tools.map((json) => `,\r\n${json}`),
    ending: [`,\r\n${stop}\n`, ']\n'],
    stopAt: 0,
  })
}

interface Sections {
  readonly opening: readonly string[]
  readonly body: readonly string[]
  readonly tools: readonly string[]
  readonly ending: readonly string[]
  /** The stop reason within `ending`. */
  readonly stopAt: number
}

function assemble(wire: Wire, { opening, body, tools, ending, stopAt }: Sections): SoakStream {
  const toolIndex = opening.length + body.length
  return {
    wire,
    events: [...opening, ...body, ...tools, ...ending],
    openingCount: opening.length,
    toolIndex,
    stopIndex: toolIndex + tools.length + stopAt,
    lastIndex: toolIndex + tools.length + ending.length - 1,
  }
}

/** An error as the upstream itself tells it within a stream. */
export function upstreamErrorEvent(wire: Wire, id: string): string {
  const message = `The model is too busy [${id}]`
  switch (wire) {
    case 'anthropic':
      return named({ type: 'error', error: { type: 'overloaded_error', message } })
    case 'chat':
      return `data: ${JSON.stringify({ error: { message, type: 'server_error', code: null, param: null } })}\n\n`
    case 'responses':
      return named({ type: 'error', code: 'server_error', message, param: null, sequence_number: 0 })
    case 'gemini-sse':
      return `data: ${geminiError(message)}\n\n`
    case 'gemini-array':
      return `[${geminiError(message)}]`
    default:
      return wire satisfies never
  }
}

function geminiError(message: string): string {
  return JSON.stringify({ error: { code: 503, message, status: 'UNAVAILABLE' } })
}

/** A comment or ping that is no model data; `undefined` where the framing has none. */
export function keepAlive(wire: Wire): string | undefined {
  if (wire === 'gemini-array') return undefined
  return wire === 'anthropic' ? 'event: ping\ndata: {"type": "ping"}\n\n' : ': keep-alive of the API\n\n'
}
