import { createParser } from 'eventsource-parser'

/** Longest piece of a model's text in the name of an event. */
const MAX_TEXT = 28

/** A value of JSON that came over the wire: nothing is known of it. */
type Json = { readonly [key: string]: unknown } | undefined

/** Names the events of one stream as they become whole, whatever pieces they come in. */
export class EventNames {
  #names: string[] = []
  readonly #parser = createParser({
    onEvent: ({ event, data }) => this.#names.push(describeEvent(event, data)),
    onComment: (comment) => this.#names.push(`: ${comment.slice(0, MAX_TEXT)}`),
  })
  readonly #decoder = new TextDecoder()

  /** The events that became whole with these bytes. */
  feed(bytes: Uint8Array): readonly string[] {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }))
    return this.#names.splice(0)
  }
}

/** An event of any of the APIs in a few words: its name, and of what it says the part that people look for. */
function describeEvent(name: string | undefined, data: string): string {
  if (data === '[DONE]') return '[DONE]'
  const json = parse(data)
  const type = name ?? text(json?.['type'])
  const said = saidBy(json)
  if (type !== undefined) return said === undefined ? type : `${type} ${said}`
  if (json?.['error'] !== undefined) return 'error'
  return said ?? 'data'
}

function saidBy(json: Json): string | undefined {
  const choice = first(json?.['choices'])
  const candidate = first(json?.['candidates'])
  const delta = object(json?.['delta']) ?? object(choice?.['delta'])
  const part = first(object(candidate?.['content'])?.['parts'])
  const stop = delta?.['stop_reason'] ?? choice?.['finish_reason'] ?? candidate?.['finishReason']
  if (typeof stop === 'string') return stop
  const words = [
    json?.['delta'],
    delta?.['text'],
    delta?.['thinking'],
    delta?.['partial_json'],
    delta?.['content'],
    delta?.['refusal'],
    part?.['text'],
  ].find((value) => typeof value === 'string' && value !== '')
  if (typeof words === 'string') return `“${words.length > MAX_TEXT ? `${words.slice(0, MAX_TEXT - 1)}…` : words}”`
  if (delta?.['role'] !== undefined) return 'role'
  if (delta?.['tool_calls'] !== undefined || part?.['functionCall'] !== undefined) return 'tool call'
  return object(json?.['usage']) !== undefined && choice === undefined && json?.['type'] === undefined
    ? 'usage'
    : undefined
}

function parse(data: string): Json {
  try {
    return object(JSON.parse(data))
  } catch {
    return undefined
  }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as NonNullable<Json>) : undefined
}

function first(value: unknown): Json {
  return Array.isArray(value) ? object(value[0]) : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
