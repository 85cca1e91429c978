import type { DialectRules, EventMeaning, StreamEvent } from '../dialect.ts'
import { field, fieldAt, isText } from '../json-field.ts'

/** Anthropic Messages. Source: the API's streaming documentation; an error counts only with its `event: error` line, as SDKs read it. */
export const anthropicMessages: DialectRules = {
  meaningsOf: (events) => events.map(meaningOf),
  isHeartbeat: ({ name }) => name === 'ping',
  isSentinel: ({ name }) => name === 'message_stop',
  isStopped: (events) => events.some((event) => meaningOf(event) === 'stop-reason'),
  isOneEnding: () => false,
  goesOnAfterTerminal: false,
  failureStatuses: [500, 502, 503, 504, 529],
  isErrorBody: (body) =>
    field(body, 'type') === 'error' &&
    isText(fieldAt(body, 'error', 'type')) &&
    isText(fieldAt(body, 'error', 'message')),
  openToolCalls: (events) => {
    const open = new Set<string>()
    for (const { data } of events) {
      const index = String(field(data, 'index'))
      if (field(data, 'type') === 'content_block_start' && isToolBlock(field(data, 'content_block'))) open.add(index)
      if (field(data, 'type') === 'content_block_stop') open.delete(index)
    }
    return [...open]
  },
  changesToolCall: ({ data }, open) => {
    if (!open.includes(String(field(data, 'index')))) return undefined
    if (field(data, 'type') === 'content_block_delta') return 'continued'
    return field(data, 'type') === 'content_block_stop' ? 'closed' : undefined
  },
  hasModelData: ({ name }) => name === 'content_block_start' || name === 'content_block_delta',
  grammarProblem,
}

function meaningOf({ name, data }: StreamEvent): EventMeaning {
  if (name === 'message_stop') return 'success-terminal'
  if (name === 'error') return 'error-terminal'
  return name === 'message_delta' && isText(fieldAt(data, 'delta', 'stop_reason')) ? 'stop-reason' : 'other'
}

/** `tool_use`, `server_tool_use`, `mcp_tool_use`: a client or the API runs what it says. */
function isToolBlock(block: unknown): boolean {
  return String(field(block, 'type')).endsWith('tool_use')
}

/** Which deltas a block may have. A type that is not here may have any; those that are whole in their start have none. */
const DELTAS: { readonly [block: string]: readonly string[] } = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  redacted_thinking: [],
  tool_use: ['input_json_delta'],
  server_tool_use: ['input_json_delta'],
  mcp_tool_use: ['input_json_delta'],
  compaction: ['compaction_delta'],
}

/** Source: Anthropic's documentation of streaming, and the types of `@anthropic-ai/sdk` 1.11. */
function grammarProblem(events: readonly StreamEvent[]): string | undefined {
  const open = new Map<unknown, string>()
  const used = new Set<unknown>()
  let started = false
  for (const { name, data } of events) {
    const index = field(data, 'index')
    if (name === 'message_start') {
      if (started) return 'a second message_start'
      started = true
    } else if (isPartOfMessage(name) && !started) return `${name} before message_start`
    if (name === 'content_block_start') {
      if (used.has(index)) return `block ${String(index)} begins a second time`
      used.add(index)
      open.set(index, String(fieldAt(data, 'content_block', 'type')))
    }
    if (name === 'content_block_delta') {
      const block = open.get(index)
      const delta = String(fieldAt(data, 'delta', 'type'))
      if (block === undefined) return `a ${delta} outside a block (index ${String(index)})`
      if (DELTAS[block]?.includes(delta) === false) return `a ${delta} in a ${block} block`
    }
    if (name === 'content_block_stop' && !open.delete(index)) return `block ${String(index)} ends and is not open`
  }
  return undefined
}

function isPartOfMessage(name: string): boolean {
  return name.startsWith('content_block_') || name === 'message_delta' || name === 'message_stop'
}
