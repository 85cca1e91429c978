import type { CanonicalEvent, CanonicalRequest, CanonicalStream } from './stream.ts'
import { NOTHING_SENT, TEXT_PIECES, withCrlf } from './stream.ts'

type Meaning = Omit<CanonicalEvent, 'lines'>
type Fields = Readonly<Record<string, unknown>>
/** An event before its number is known. */
type Draft = readonly [type: string, fields: Fields, meaning?: Meaning]

function responseOf(status: string, output: readonly Fields[]): Fields {
  const usage = {
    input_tokens: 12,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 42,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 54,
  }
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_795_000_000,
    status,
    model: 'gpt-canonical',
    output,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: status === 'completed' ? usage : null,
  }
}

interface Item {
  readonly events: readonly Draft[]
  readonly item: Fields
}

function message(outputIndex: number, pieces: readonly string[], extra: readonly Draft[] = []): Item {
  const id = `msg_${String(outputIndex)}`
  const at = { item_id: id, output_index: outputIndex, content_index: 0 }
  const text = pieces.join('')
  const empty = { type: 'output_text', text: '', annotations: [], logprobs: [] }
  const part = { ...empty, text }
  const item = { id, type: 'message', status: 'completed', role: 'assistant', content: [part] }
  const added = { ...item, status: 'in_progress', content: [] }
  const deltas = pieces.map((delta): Draft => [
    'response.output_text.delta',
    { ...at, delta, logprobs: [] },
    { text: { answer: 0, value: delta } },
  ])
  const events: Draft[] = [
    ['response.output_item.added', { output_index: outputIndex, item: added }],
    ['response.content_part.added', { ...at, part: empty }],
    ...deltas,
    ...extra,
    ['response.output_text.done', { ...at, text, logprobs: [] }],
    ['response.content_part.done', { ...at, part }],
    ['response.output_item.done', { output_index: outputIndex, item }],
  ]
  return { events, item }
}

function reasoning(outputIndex: number): Item {
  const id = `rs_${String(outputIndex)}`
  const at = { item_id: id, output_index: outputIndex, summary_index: 0 }
  const text = 'Look at the café’s log.'
  const part = { type: 'summary_text', text }
  const item = { id, type: 'reasoning', summary: [part], encrypted_content: null }
  const events: Draft[] = [
    ['response.output_item.added', { output_index: outputIndex, item: { ...item, summary: [] } }, { locks: id }],
    ['response.reasoning_summary_part.added', { ...at, part: { ...part, text: '' } }],
    ['response.reasoning_summary_text.delta', { ...at, delta: text }],
    ['response.reasoning_summary_text.done', { ...at, text }],
    ['response.reasoning_summary_part.done', { ...at, part }],
    ['response.output_item.done', { output_index: outputIndex, item }, { unlocks: id }],
  ]
  return { events, item }
}

/** The arguments are complete JSON some events before `output_item.done`, which is what closes the call. */
function functionCall(outputIndex: number, call: string): Item {
  const whole = JSON.stringify({ call, city: 'Zürich' })
  const at = { item_id: `fc_${call}`, output_index: outputIndex }
  const base = { id: at.item_id, type: 'function_call', call_id: `call_${call}`, name: 'get_weather' }
  const added = { ...base, arguments: '', status: 'in_progress' }
  const item = { ...base, arguments: whole, status: 'completed' }
  const pieces = [whole.slice(0, 9), whole.slice(9, -1), whole.slice(-1)]
  const events: Draft[] = [
    ['response.output_item.added', { output_index: outputIndex, item: added }, { locks: 'tool-call' }],
    ...pieces.map((delta): Draft => ['response.function_call_arguments.delta', { ...at, delta }]),
    ['response.function_call_arguments.done', { ...at, name: 'get_weather', arguments: whole }],
    ['response.output_item.done', { output_index: outputIndex, item }, { closes: [whole] }],
  ]
  return { events, item }
}

function stream(name: string, items: readonly Item[], request: CanonicalRequest = {}): CanonicalStream {
  const output = items.map(({ item }) => item)
  const drafts: Draft[] = [
    ['response.created', { response: responseOf('in_progress', []) }, { unlocks: NOTHING_SENT }],
    ['response.in_progress', { response: responseOf('in_progress', []) }],
    ...items.flatMap(({ events }) => events),
    ['response.completed', { response: responseOf('completed', output) }, { isStop: true }],
  ]
  return { dialect: 'openai-responses', name, lineEnding: '\n', request, events: drafts.map(toEvent) }
}

function toEvent([type, fields, meaning]: Draft, index: number): CanonicalEvent {
  const data = JSON.stringify({ type, ...fields, sequence_number: index })
  return { lines: [`event: ${type}`, `data: ${data}`], ...meaning }
}

const CITATION: Draft = [
  'response.output_text.annotation.added',
  {
    item_id: 'msg_0',
    output_index: 0,
    content_index: 0,
    annotation_index: 0,
    annotation: { type: 'url_citation', start_index: 0, end_index: 5, title: 'Log', url: 'https://example.com/' },
  },
]

const UNKNOWN: Draft = ['response.oracle_event', { item_id: 'msg_0', output_index: 0 }, { isUnknown: true }]

const WITH_TOOLS = { hasTools: true }
const TEXT = stream('text', [message(0, TEXT_PIECES)])

/** Canonical Responses streams. Source of the event forms: OpenAI's API documentation, and the types of `openai` 6.49. */
export const OPENAI_RESPONSES_STREAMS: readonly CanonicalStream[] = [
  TEXT,
  withCrlf(TEXT),
  stream('reasoning, text', [reasoning(0), message(1, ['Sunny 🌞.'])]),
  stream('one function call', [functionCall(0, 'a')], WITH_TOOLS),
  stream(
    'parallel function calls',
    [message(0, ['Two calls. ']), functionCall(1, 'a'), functionCall(2, 'b')],
    WITH_TOOLS,
  ),
  stream('unknown event', [message(0, ['Known. '], [UNKNOWN])]),
  stream('citation', [message(0, ['Cited: ', '21 °C.'], [CITATION])]),
]
