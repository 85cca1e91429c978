import type { ProxyDialect } from '../dialects.ts'
import { is } from '../settings.ts'
import { at, textAt, type JsonObject, type StreamState } from '../stream-state.ts'

const TERMINAL = /^(response\.(completed|incomplete|failed)|error)$/
const CALL = /_call$/

export const responses: ProxyDialect = {
  note(state, { data }) {
    const type = textAt(data, 'type')
    if (TERMINAL.test(type)) state.terminal = true
    const number = at(data, 'sequence_number')
    if (typeof number === 'number') state.sequence = number
    const response = at(data, 'response')
    if (typeof response === 'object' && response !== null) state.response = response as JsonObject
    const item = at(data, 'item') as JsonObject | undefined
    const place = Number(at(data, 'output_index'))
    if (type === 'response.output_item.added' && CALL.test(textAt(item, 'type')))
      state.tool = { place, item: item ?? {} }
    if (type === 'response.output_item.done' && state.tool?.place === place) state.tool = undefined
    if (type.endsWith('arguments.delta')) state.toolJson += textAt(data, 'delta')
  },
  sentinel: () => undefined, // response.completed carries the usage
  error(state, message) {
    if (is('sequence-restarts')) state.sequence = -1
    const error = { type: 'server_error', code: 'upstream_connection_error', message, param: null }
    const created =
      state.response === undefined ? event(state, 'response.created', { response: snapshot(state, 'in_progress') }) : ''
    const said = event(state, 'error', { error })
    const response = { ...snapshot(state, 'failed'), error: { code: 'server_error', message } }
    return created + said + event(state, 'response.failed', { response })
  },
  errorBody: (_, message) => JSON.stringify({ error: { message, type: 'server_error', param: null, code: null } }),
  heartbeat: () => ': waiting\n\n',
  lies: {
    success: (state) => event(state, 'response.completed', { response: snapshot(state, 'completed') }),
    toolClosed: (state) =>
      event(state, 'response.function_call_arguments.done', { ...ids(state), arguments: state.toolJson }) +
      event(state, 'response.output_item.done', {
        output_index: state.tool?.place ?? 0,
        item: { ...state.tool?.item, arguments: state.toolJson, status: 'completed' },
      }),
    toolContinued: (state) => event(state, 'response.function_call_arguments.delta', { ...ids(state), delta: '"}' }),
    words: (state) =>
      event(state, 'response.output_text.delta', {
        ...ids(state),
        content_index: 0,
        delta: 'Sorry, the connection was lost.',
      }),
    brokenGrammar: (state) => event(state, 'response.created', { response: snapshot(state, 'in_progress') }),
  },
}

function ids({ tool }: StreamState): object {
  return { item_id: at(tool?.item, 'id'), output_index: tool?.place ?? 0 }
}

function snapshot({ response }: StreamState, status: string): object {
  return { id: 'resp_2', object: 'response', output: [], ...response, status }
}

function event(state: StreamState, type: string, fields: object): string {
  state.sequence += 1
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: state.sequence, ...fields })}\n\n`
}
