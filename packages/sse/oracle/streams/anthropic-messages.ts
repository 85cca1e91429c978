import type { CanonicalEvent, CanonicalRequest, CanonicalStream } from './stream.ts'
import { NOTHING_SENT, TEXT_PIECES, withCrlf } from './stream.ts'

type Data = { readonly type: string } & Readonly<Record<string, unknown>>
type Meaning = Omit<CanonicalEvent, 'lines'>

function event(data: Data, meaning: Meaning = {}): CanonicalEvent {
  return { lines: [`event: ${data.type}`, `data: ${JSON.stringify(data)}`], ...meaning }
}

const START = event(
  {
    type: 'message_start',
    message: {
      id: 'msg_01',
      type: 'message',
      role: 'assistant',
      model: 'claude-canonical',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: 1 },
    },
  },
  { unlocks: NOTHING_SENT },
)
const PING = event({ type: 'ping' })

function blockStart(index: number, block: Data, meaning?: Meaning): CanonicalEvent {
  return event({ type: 'content_block_start', index, content_block: block }, meaning)
}

function delta(index: number, change: Data, meaning?: Meaning): CanonicalEvent {
  return event({ type: 'content_block_delta', index, delta: change }, meaning)
}

function blockStop(index: number, meaning?: Meaning): CanonicalEvent {
  return event({ type: 'content_block_stop', index }, meaning)
}

function text(index: number, pieces: readonly string[] = TEXT_PIECES): CanonicalEvent[] {
  return [
    blockStart(index, { type: 'text', text: '' }),
    ...pieces.map((value) => delta(index, { type: 'text_delta', text: value }, { text: { answer: 0, value } })),
    blockStop(index),
  ]
}

function thinking(index: number): CanonicalEvent[] {
  return [
    blockStart(index, { type: 'thinking', thinking: '', signature: '' }, { locks: 'thinking' }),
    delta(index, { type: 'thinking_delta', thinking: 'Weather: look at ' }),
    delta(index, { type: 'thinking_delta', thinking: 'the café’s log.' }),
    delta(index, { type: 'signature_delta', signature: 'EqQBCgIYAhIM' }, { unlocks: 'thinking' }),
    blockStop(index),
  ]
}

/** The arguments arrive in pieces, and are complete JSON one event before the block is closed. */
function toolUse(index: number, call: string): CanonicalEvent[] {
  const whole = JSON.stringify({ call, city: 'Zürich' })
  const pieces = ['', whole.slice(0, 9), whole.slice(9, -1), whole.slice(-1)]
  return [
    blockStart(
      index,
      { type: 'tool_use', id: `toolu_${call}`, name: 'get_weather', input: {} },
      { locks: 'tool-call' },
    ),
    ...pieces.map((piece) => delta(index, { type: 'input_json_delta', partial_json: piece })),
    blockStop(index, { closes: [whole] }),
  ]
}

function end(stopReason: string): CanonicalEvent[] {
  const usage = { output_tokens: 42 }
  return [
    event({ type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage }, { isStop: true }),
    event({ type: 'message_stop' }),
  ]
}

function stream(name: string, events: readonly CanonicalEvent[], request: CanonicalRequest = {}): CanonicalStream {
  return { dialect: 'anthropic-messages', name, lineEnding: '\n', request, events: [START, ...events] }
}

const CITATION = {
  type: 'citations_delta',
  citation: {
    type: 'char_location',
    cited_text: '21 °C',
    document_index: 0,
    document_title: 'Log',
    start_char_index: 0,
    end_char_index: 5,
  },
}

const WITH_TOOLS = { hasTools: true }
const TEXT = stream('text', [PING, ...text(0), ...end('end_turn')])
const PARALLEL_TOOLS = stream(
  'parallel tool calls',
  [...text(0, ['Two calls. ']), ...toolUse(1, 'a'), ...toolUse(2, 'b'), ...end('tool_use')],
  WITH_TOOLS,
)

/** Canonical Messages streams. Source of the event forms: Anthropic's documentation of streaming, and the types of `@anthropic-ai/sdk` 1.11. */
export const ANTHROPIC_STREAMS: readonly CanonicalStream[] = [
  TEXT,
  withCrlf(TEXT),
  stream('thinking, signature, text', [...thinking(0), ...text(1), ...end('end_turn')]),
  stream('one tool call', [...toolUse(0, 'a'), ...end('tool_use')], WITH_TOOLS),
  PARALLEL_TOOLS,
  withCrlf(PARALLEL_TOOLS),
  stream('tool call after thinking', [...thinking(0), ...toolUse(1, 'a'), ...end('tool_use')], WITH_TOOLS),
  stream('citations and comments', [
    { lines: [': keep-alive'] },
    blockStart(0, { type: 'text', text: '', citations: [] }),
    delta(0, { type: 'text_delta', text: 'Cited. ' }, { text: { answer: 0, value: 'Cited. ' } }),
    delta(0, CITATION),
    PING,
    blockStop(0),
    ...text(1, ['Uncited.']),
    ...end('end_turn'),
  ]),
  stream('unknown event', [
    ...text(0, ['Before. ']),
    event({ type: 'oracle_event', value: 1 }, { isUnknown: true }),
    ...text(1, ['After.']),
    ...end('end_turn'),
  ]),
  stream('redacted thinking', [
    blockStart(0, { type: 'redacted_thinking', data: 'EmwKAhgBEgy' }),
    blockStop(0),
    ...text(1, ['Whole.']),
    ...end('end_turn'),
  ]),
  stream('server tool', [
    blockStart(
      0,
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
      { locks: 'server-tool' },
    ),
    delta(0, { type: 'input_json_delta', partial_json: '{"query":"Zürich"}' }),
    blockStop(0),
    blockStart(
      1,
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
      { unlocks: 'server-tool' },
    ),
    blockStop(1),
    ...text(2, ['Found.']),
    ...end('end_turn'),
  ]),
]
