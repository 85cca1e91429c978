import type { ProxyDialect } from '../dialects.ts'
import { at, textAt, type StreamState } from '../stream-state.ts'

const STOP = event('message_stop', {})

export const anthropic: ProxyDialect = {
  note(state, { name, data }) {
    if (name === 'message_stop' || name === 'error') state.terminal = true
    if (name === 'message_delta' && typeof at(data, 'delta', 'stop_reason') === 'string') state.finished.add('0')
    const place = Number(at(data, 'index'))
    if (name === 'content_block_start' && textAt(data, 'content_block', 'type').endsWith('tool_use'))
      state.tool = { place }
    if (name === 'content_block_stop' && state.tool?.place === place) state.tool = undefined
    const json = at(data, 'delta', 'partial_json')
    if (typeof json === 'string') state.toolJson += json
  },
  sentinel: ({ finished }) => (finished.size > 0 ? STOP : undefined),
  error: (_, message) => event('error', { error: { type: 'api_error', message } }),
  errorBody: (_, message) => JSON.stringify({ type: 'error', error: { type: 'api_error', message } }),
  heartbeat: ({ started }) => (started ? event('ping', {}) : ': waiting\n\n'),
  lies: {
    success: () =>
      event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } }) +
      STOP,
    toolClosed: (state) => event('content_block_stop', { index: placeOf(state) }),
    toolContinued: (state) =>
      event('content_block_delta', {
        index: placeOf(state),
        delta: { type: 'input_json_delta', partial_json: '"}' },
      }),
    words: () =>
      event('content_block_start', { index: 90, content_block: { type: 'text', text: '' } }) +
      event('content_block_delta', {
        index: 90,
        delta: { type: 'text_delta', text: 'Sorry, the connection was lost.' },
      }) +
      event('content_block_stop', { index: 90 }),
    brokenGrammar: () =>
      event('message_start', {
        message: { id: 'msg_2', type: 'message', role: 'assistant', content: [], usage: { output_tokens: 0 } },
      }),
  },
}

function placeOf({ tool }: StreamState): number {
  return tool?.place ?? 0
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}
