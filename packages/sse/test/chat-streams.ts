import { type FaultKind, FAULTS } from '@stopbit/faults'
import type { Dialect, EndingPolicy } from '../src/dialects/dialect.ts'
import { openaiChat } from '../src/dialects/openai-chat/index.ts'
import { createFinalizer } from '../src/finalizer/create-finalizer.ts'
import type { Finalizer } from '../src/finalizer/finalizer.ts'

/** How every chunk begins, up to its choices. */
export const START = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":['

/** A chunk with one choice. */
export function choice(delta: object, finishReason: string | null = null, index = 0): string {
  return `data: ${START}${JSON.stringify({ index, delta, finish_reason: finishReason })}]}\n\n`
}

export const ROLE = choice({ role: 'assistant', content: '' })
export const TEXT = choice({ content: 'Hi' })
export const CALL = choice({
  tool_calls: [{ index: 0, id: 't', type: 'function', function: { name: 'f', arguments: '' } }],
})
export const ARGUMENTS = choice({ tool_calls: [{ index: 0, function: { arguments: '{"a' } }] })
export const STOP = choice({}, 'stop')
export const USAGE =
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"total_tokens":9}}\n\n'
export const DONE = 'data: [DONE]\n\n'

/** What is known of the request, and what a cut is to end with. */
export interface Start {
  readonly n?: number | undefined
  readonly ending?: EndingPolicy
}

/** A finalizer that these bytes have gone through, and what it has let out. */
export function start(sent: string, { n, ending }: Start = { n: 1 }): { finalizer: Finalizer; out: string } {
  const dialect: Dialect = openaiChat
  const request = n === undefined ? {} : { choiceCount: n }
  const finalizer = createFinalizer({ dialect, request, requestId: 'req_1', ending })
  let out = ''
  finalizer.push(new TextEncoder().encode(sent), (bytes) => (out += new TextDecoder().decode(bytes)))
  return { finalizer, out }
}

/** The event that ends a stream which this fault has cut. */
export function errorEvent(kind: FaultKind = 'body-reset', code = 'upstream_connection_error'): string {
  const error = { message: FAULTS[kind].sentence, type: 'server_error', param: null, code }
  return `data: ${JSON.stringify({ error })}\n\n`
}
