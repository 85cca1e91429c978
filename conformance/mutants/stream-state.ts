// What the reference proxy remembers of a stream that passes, to end it rightly when its upstream does not.

/** An event of the upstream's stream. `data` is undefined where it is no JSON. */
export interface PassedEvent {
  readonly name: string
  readonly text: string
  readonly data: JsonObject | undefined
}

export type JsonObject = { readonly [key: string]: unknown }

/** One stream so far. */
export interface StreamState {
  /** How many answers the request wants. */
  readonly asked: number
  /** An event has passed. */
  started: boolean
  /** The stream has its end, good or bad. */
  terminal: boolean
  /** The answers that have their stop reason. */
  readonly finished: Set<string>
  /** The answers of which anything came. */
  readonly seen: Set<string>
  /** The newest tool call that is open, by where it stands, and what it is. */
  tool: { readonly place: number; readonly item?: JsonObject } | undefined
  /** The arguments of all tool calls. */
  toolJson: string
  /** Responses: the newest number, and the newest snapshot. */
  sequence: number
  response: JsonObject | undefined
  lineEnd: string
  /** The bytes of the newest whole event, one character each. */
  lastEvent: string
}

export function newState(asked: number): StreamState {
  return {
    asked,
    started: false,
    terminal: false,
    finished: new Set(),
    seen: new Set(),
    tool: undefined,
    toolJson: '',
    sequence: -1,
    response: undefined,
    lineEnd: '\n',
    lastEvent: '',
  }
}

const BOUNDARY = /\r\n\r\n|\n\n|\r\r/g

/** Adds text to what is held and takes the whole events off, if any. Looks only at what is new: an event may be large. */
export function takeWholeEvents(held: string[], text: string): string {
  const edge = held.slice(-3).join('').slice(-3)
  held.push(text)
  if ((edge + text).search(BOUNDARY) < 0) return ''
  const [whole, rest] = cutAtLastBoundary(held.join(''))
  held.splice(0, held.length, ...(rest === '' ? [] : [rest]))
  return whole
}

/** Cuts text after its last blank line: whole events, and what is held. */
function cutAtLastBoundary(text: string): [whole: string, rest: string] {
  let end = 0
  for (const match of text.matchAll(BOUNDARY)) end = match.index + match[0].length
  return [text.slice(0, end), text.slice(end)]
}

/** The events of whole blocks; comments are none. */
export function readEvents(whole: string): PassedEvent[] {
  return whole.split(/\r\n\r\n|\n\n|\r\r/).flatMap((block) => {
    const lines = block.split(/\r\n|\n|\r/)
    const data = lines.flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? [])
    if (data.length === 0) return []
    const name = lines.flatMap((line) => /^event: ?(.*)$/.exec(line)?.[1] ?? []).at(-1) ?? 'message'
    const text = Buffer.from(data.join('\n'), 'latin1').toString('utf8')
    return [{ name, text, data: parseObject(text) }]
  })
}

/** The bytes of the last of whole blocks that is an event. */
export function lastEventOf(whole: string): string | undefined {
  const blocks = [...whole.matchAll(/[^]*?(?:\r\n\r\n|\n\n|\r\r)/g)].map(([block]) => block)
  return blocks.findLast((block) => /^data:/m.test(block))
}

/** The kind of line end that a stream uses. */
export function lineEndOf(whole: string): string {
  return /\r\n|\n|\r/.exec(whole)?.[0] ?? '\n'
}

export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

/** What `at` finds, as text; empty for what is no text or number. */
export function textAt(value: unknown, ...keys: readonly (string | number)[]): string {
  const found = at(value, ...keys)
  return typeof found === 'string' || typeof found === 'number' ? String(found) : ''
}

/** A field of a field, and so on. */
export function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((inner, key) => {
    return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined
  }, value)
}
