import type { DialectRules, EventMeaning, StreamEvent } from '../dialect.ts'

/** Anthropic Messages. Source: the API's streaming documentation; an error counts only with its `event: error` line, as SDKs read it. */
export const anthropicMessages: DialectRules = {
  meaningOf,
  failureStatuses: [500, 502, 503, 504, 529],
  isErrorBody: (body) => {
    const error = field(body, 'error')
    return field(body, 'type') === 'error' && isText(field(error, 'type')) && isText(field(error, 'message'))
  },
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
}

function meaningOf({ name, data }: StreamEvent): EventMeaning {
  if (name === 'message_stop') return 'success-terminal'
  if (name === 'error') return 'error-terminal'
  if (name === 'ping') return 'heartbeat'
  return name === 'message_delta' && isText(field(field(data, 'delta'), 'stop_reason')) ? 'stop-reason' : 'other'
}

function isToolBlock(block: unknown): boolean {
  return String(field(block, 'type')).endsWith('tool_use')
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}
