import { createParser } from 'eventsource-parser'

/** What the events of an answer say about its end, as a client of any of the APIs would read them. */
export interface AnswerReading {
  /** An error event is among them. */
  readonly isError: boolean
  /** The terminal event of success is there. */
  readonly isTerminated: boolean
  /** Every answer that began has its stop reason. */
  readonly isStopped: boolean
  /** The last stop reason says that the answer was cut short. */
  readonly isTruncation: boolean
}

type Json = { readonly [key: string]: unknown }

const TRUNCATIONS: readonly unknown[] = ['max_tokens', 'length', 'MAX_TOKENS', 'max_output_tokens']

/** Reads a body: an event stream, or one JSON array. */
export function readAnswer(text: string): AnswerReading {
  const events = text.trimStart().startsWith('[') ? elementsOf(text) : eventsOf(text)
  const stops = new Map<string, unknown>()
  let isError = false
  let hasTerminal = false
  for (const { name, data } of events) {
    isError ||= name === 'error' || data === undefined ? name === 'error' : isErrorEvent(data)
    hasTerminal ||= isTerminal(name, data)
    for (const [place, reason] of stopsOf(data)) stops.set(place, reason)
  }
  const isGemini = events.some(
    ({ data }) => data?.['candidates'] !== undefined || data?.['promptFeedback'] !== undefined,
  )
  const isStopped = stops.size > 0 && [...stops.values()].every((reason) => typeof reason === 'string')
  const last = [...stops.values()].at(-1)
  return {
    isError,
    isTerminated: hasTerminal || (isGemini && isStopped),
    isStopped,
    isTruncation: TRUNCATIONS.includes(last),
  }
}

interface ReadEvent {
  readonly name: string
  readonly data: Json | undefined
}

function eventsOf(text: string): ReadEvent[] {
  const events: ReadEvent[] = []
  const parser = createParser({
    onEvent: ({ event, data }) => events.push({ name: event ?? (data === '[DONE]' ? data : ''), data: parse(data) }),
  })
  parser.feed(`${text}\n\n`) // SDKs take a last event without its empty line, too
  return events
}

/** The elements of an array; those of one that is cut between two of them, too. */
function elementsOf(text: string): ReadEvent[] {
  const open = text.trimEnd().replace(/,$/, '')
  const whole = (parse(`{"elements":${text}}`) ?? parse(`{"elements":${open}]}`))?.['elements']
  return Array.isArray(whole) ? whole.map((element) => ({ name: '', data: object(element) })) : []
}

function isErrorEvent(data: Json): boolean {
  return data['type'] === 'error' || data['type'] === 'response.failed' || object(data['error']) !== undefined
}

function isTerminal(name: string, data: Json | undefined): boolean {
  const type = data?.['type'] ?? name
  return type === '[DONE]' || type === 'message_stop' || type === 'response.completed' || type === 'response.incomplete'
}

/** Stop reasons by their place: a candidate or choice that has begun and has none yet stands there with `null`. */
function stopsOf(data: Json | undefined): [string, unknown][] {
  if (data === undefined) return []
  const delta = object(data['delta'])
  if (data['type'] === 'message_delta' && typeof delta?.['stop_reason'] === 'string')
    return [['', delta['stop_reason']]]
  if (data['type'] === 'response.incomplete')
    return [['', object(object(data['response'])?.['incomplete_details'])?.['reason']]]
  const blocked = object(data['promptFeedback'])?.['blockReason']
  if (blocked !== undefined) return [['', blocked]]
  return [...list(data['choices'], 'finish_reason'), ...list(data['candidates'], 'finishReason')]
}

function list(value: unknown, key: string): [string, unknown][] {
  if (!Array.isArray(value)) return []
  return value.map((item) => [JSON.stringify(object(item)?.['index'] ?? 0), object(item)?.[key] ?? null])
}

function parse(text: string): Json | undefined {
  try {
    return object(JSON.parse(text))
  } catch {
    return undefined
  }
}

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}
