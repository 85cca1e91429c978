import type { ProxyDialect } from '../dialects.ts'
import { is } from '../settings.ts'
import { at, textAt } from '../stream-state.ts'

const DONE = 'data: [DONE]\n\n'

export const chat: ProxyDialect = {
  note(state, { text, data }) {
    if (text === '[DONE]' || Boolean(at(data, 'error'))) state.terminal = true
    for (const choice of list(at(data, 'choices'))) {
      const index = textAt(choice, 'index') || '0'
      state.seen.add(index)
      for (const call of list(at(choice, 'delta', 'tool_calls'))) {
        state.tool = { place: Number(at(call, 'index') ?? 0) }
        state.toolJson += textAt(call, 'function', 'arguments')
      }
      if (typeof at(choice, 'finish_reason') !== 'string') continue
      state.finished.add(index)
      state.tool = undefined
    }
  },
  sentinel: ({ finished, seen, asked }) => {
    if (is('done-after-one-choice') && finished.size > 0) return DONE
    return finished.size >= asked && finished.size === seen.size ? DONE : undefined
  },
  error: (_, message) => `data: ${errorJson(message)}\n\n`,
  errorBody: (_, message) => errorJson(message),
  heartbeat: () => ': waiting\n\n',
  lies: {
    success: () => chunk({}, 'stop') + DONE,
    toolContinued: (state) =>
      chunk({ tool_calls: [{ index: state.tool?.place ?? 0, function: { arguments: '"}' } }] }, null),
    words: () => chunk({ content: 'Sorry, the connection was lost.' }, null),
    brokenGrammar: () => 'data: {"type":"ping"}\n\n',
  },
}

function chunk(delta: object, finish: string | null): string {
  return `data: ${JSON.stringify({
    id: 'chatcmpl-2',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-5',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`
}

function errorJson(message: string): string {
  return JSON.stringify({
    error: { message, type: 'server_error', param: null, code: 'upstream_connection_error' },
  })
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}
