import type { Wire } from './streams.ts'

/** What of a text would tell about our runtime, our host or the request. Nothing that we write ourselves may match. */
const LEAKS: readonly RegExp[] = [
  /\bE(?:CONN(?:RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|PROTO|ADDRNOTAVAIL|MFILE)\b/,
  /\b(?:UND_ERR_|HPE_|ERR_[A-Z]+_|Z_(?:DATA|BUF)_ERROR)/,
  /socket hang up|other side closed|fetch failed|premature close|aborted|terminated"|unexpected end of file/i,
  /Parse Error|Timeout Error|incorrect header check|invalid (?:block type|distance|stored block)|node:internal|undici/i,
  /\b\d{1,3}(?:\.\d{1,3}){3}\b|at \w+ \(.*:\d+:\d+\)|canary/i,
]

/** What must not be in a text of ours. */
export function leaksIn(own: string): string[] {
  return LEAKS.flatMap((pattern) => own.match(pattern)?.[0] ?? [])
}

/** Heartbeats of the gateway; what the upstream sends for this purpose is written in another way. */
const HEARTBEATS = new Set([': stopbit\n\n', ': stopbit\r\n\r\n', 'event: ping\ndata: {"type":"ping"}\n\n'])

/** The events of a stream, without the gateway's heartbeats; what is left open at its end is one too. */
export function eventsOf(text: string): string[] {
  // Both kinds of blank lines: a heartbeat before the first event cannot know which one the upstream uses.
  const parts = text.split(/(\n\n|\r\n\r\n)/)
  const events: string[] = []
  for (let i = 0; i < parts.length; i += 2) {
    const event = `${parts[i] ?? ''}${parts[i + 1] ?? ''}`
    if (event !== '' && !HEARTBEATS.has(event)) events.push(event)
  }
  return events
}

/** The elements of a JSON array that a client got; `undefined` if it is none, as a client would find. */
export function elementsOf(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list.map((element) => JSON.stringify(element)) : undefined
  } catch {
    return undefined
  }
}

/** The whole elements of an array that was sent, and perhaps cut: elements are separated as this upstream does it. */
export function sentElementsOf(text: string): string[] {
  const elements: string[] = []
  for (const part of text
    .replace(/^\[/, '')
    .replace(/\]\s*$/, '')
    .split(',\r\n')) {
    const [element] = elementsOf(`[${part}]`) ?? []
    if (element === undefined) break
    elements.push(element)
  }
  return elements
}

/** How what follows the events of the upstream ends a stream. */
export type Ending = 'nothing' | 'error' | 'sentinel' | 'untrue'

/** What the events are that we have written behind those of the upstream. */
export function endingOf(wire: Wire, tail: readonly string[]): Ending {
  if (tail.length === 0) return 'nothing'
  const types = tail.map((event) => typeOf(wire, event))
  if (wire === 'responses') {
    const told = types[0] === 'response.created' ? types.slice(1) : types
    return told.join() === 'error,response.failed' || told.join() === 'response.failed' ? 'error' : 'untrue'
  }
  if (types.length !== 1) return 'untrue'
  if (types[0] === 'error') return 'error'
  return types[0] === 'message_stop' || types[0] === '[DONE]' ? 'sentinel' : 'untrue'
}

/** Whether an event says that an answer has failed. */
export function saysError(wire: Wire, event: string | undefined): boolean {
  return event !== undefined && /^(?:error|response\.failed)$/.test(typeOf(wire, event))
}

/** Whether an event says that an answer is whole. */
export function saysSuccess(wire: Wire, event: string): boolean {
  return /^(?:message_stop|\[DONE\]|response\.completed|STOP)$/.test(typeOf(wire, event))
}

function typeOf(wire: Wire, event: string): string {
  const data = wire === 'gemini-array' ? event : (/^data: ?(.*?)\r?$/m.exec(event)?.[1] ?? '')
  if (data === '[DONE]') return data
  let json: { type?: unknown; error?: unknown; candidates?: readonly { finishReason?: string }[] }
  try {
    json = JSON.parse(data) as typeof json
  } catch {
    return 'no JSON'
  }
  if (wire === 'anthropic' || wire === 'responses') return String(json.type)
  if (json.error !== undefined && json.error !== null) return 'error'
  return json.candidates?.[0]?.finishReason ?? 'chunk'
}
