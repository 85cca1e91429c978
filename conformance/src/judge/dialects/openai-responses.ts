import type { DialectRules, EventMeaning, StreamEvent } from '../dialect.ts'
import { field, fieldAt, isText } from '../json-field.ts'

const SUCCESS = new Set(['response.completed', 'response.incomplete'])
const FAILURE = new Set(['response.failed', 'error'])
const TOOL_CALL = /^(function_call|custom_tool_call|mcp_call|computer_call|local_shell_call|apply_patch_call)$/

/** OpenAI Responses. What an event is, its data says; the `event:` line is not needed. Source: OpenAI's API documentation, and `openai` 6.49. */
export const openaiResponses: DialectRules = {
  meaningsOf: (events) => events.map(meaningOf),
  isHeartbeat: (event) => typeOf(event) === 'keepalive',
  isSentinel: () => false, // response.completed carries the usage, which cannot be known
  isStopped: () => false,
  // Codex reads only response.failed, the SDK's iterator throws only at error: the two together are one ending.
  isOneEnding: (first, next) =>
    FAILURE.has(typeOf(first)) && FAILURE.has(typeOf(next)) && typeOf(first) !== typeOf(next),
  goesOnAfterTerminal: false,
  failureStatuses: [500, 502, 503, 504],
  isErrorBody: (body) => isText(fieldAt(body, 'error', 'message')),
  openToolCalls: (events) => {
    const open = new Set<string>()
    for (const event of events) {
      if (typeOf(event) === 'response.output_item.added' && isToolCall(event)) open.add(placeOf(event))
      if (typeOf(event) === 'response.output_item.done') open.delete(placeOf(event))
    }
    return [...open]
  },
  changesToolCall: (event, open) => {
    if (!open.includes(placeOf(event))) return undefined
    if (/(arguments|input|code)\.delta$/.test(typeOf(event))) return 'continued'
    return /(arguments|input|code)\.done$|output_item\.done$/.test(typeOf(event)) ? 'closed' : undefined
  },
  hasModelData: (event) => typeOf(event).endsWith('.delta') || typeOf(event) === 'response.output_item.added',
  grammarProblem,
}

function meaningOf(event: StreamEvent): EventMeaning {
  if (SUCCESS.has(typeOf(event))) return 'success-terminal'
  return FAILURE.has(typeOf(event)) ? 'error-terminal' : 'other'
}

function grammarProblem(events: readonly StreamEvent[]): string | undefined {
  const items = new Set<string>()
  let created = false
  let last = -Infinity
  for (const event of events.filter((candidate) => typeOf(candidate) !== 'keepalive')) {
    const type = typeOf(event)
    const number = field(event.data, 'sequence_number')
    if (type === '') return `data without a type: ${event.text.slice(0, 80)}`
    if (event.name !== 'message' && event.name !== type) return `"event: ${event.name}" over data of type ${type}`
    if (type === 'response.created') {
      if (created) return 'a second response.created'
      created = true
    } else if (!created) return `${type} before response.created`
    if (typeof number === 'number') {
      if (number <= last) return `sequence_number ${number} of ${type} after ${last}`
      last = number
    }
    if (type === 'response.output_item.added') items.add(placeOf(event))
    else if (isInItem(type) && !items.has(placeOf(event)))
      return `${type} for item ${placeOf(event)}, which is not open`
    if (type === 'response.output_item.done') items.delete(placeOf(event))
  }
  return undefined
}

function isInItem(type: string): boolean {
  return type === 'response.output_item.done' || type.startsWith('response.content_part.') || type.endsWith('.delta')
}

function typeOf({ name, text, data }: StreamEvent): string {
  const type = field(data, 'type')
  if (isText(type)) return type
  if (text === '[DONE]') return 'keepalive' // a stray one harms no client
  return name === 'message' ? '' : name
}

function isToolCall({ data }: StreamEvent): boolean {
  return TOOL_CALL.test(String(fieldAt(data, 'item', 'type')))
}

function placeOf({ data }: StreamEvent): string {
  return String(field(data, 'output_index'))
}
