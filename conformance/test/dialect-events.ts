import { parseEventStream } from '../src/judge/sse-blocks.ts'
import type { StreamEvent } from '../src/judge/dialect.ts'

/** Data-only events of a stream, as text. A string stands for itself, anything else becomes JSON. */
export function dataEvents(...data: readonly unknown[]): string {
  return data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('')
}

/** Events with a name, which is their data's type. */
export function typedEvents(...data: readonly { readonly type: string }[]): string {
  return data.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('')
}

export function eventsOf(text: string): readonly StreamEvent[] {
  return parseEventStream(Buffer.from(text)).events
}

/** A chunk of Chat Completions. */
export function chunk(delta: object, finish: string | null = null, index = 0): object {
  return { id: 'c', object: 'chat.completion.chunk', choices: [{ index, delta, finish_reason: finish }] }
}

/** A chunk of Gemini with one candidate. */
export function candidate(text: string, finishReason?: string, index = 0): object {
  const content = { role: 'model', parts: [{ text }] }
  return { candidates: [{ content, index, ...(finishReason === undefined ? {} : { finishReason }) }] }
}

/** An event of Responses. */
export function responseEvent(
  type: string,
  number: number,
  fields: object = {},
): { readonly type: string; readonly sequence_number: number } {
  return { type, sequence_number: number, ...fields }
}
