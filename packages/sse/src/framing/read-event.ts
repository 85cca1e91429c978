/** The fields of one event that a dialect looks at. */
export interface EventFields {
  /** The value of the last `event` line; empty if there was none. */
  readonly name: string
  /** The values of the `data` lines joined by LF; empty if there was none. */
  readonly data: string
  /** There was an `id` line. */
  readonly hasId: boolean
}

const decoder = new TextDecoder()
const FIELD_BY_LETTER: Readonly<Record<string, 'data' | 'event' | 'id'>> = { d: 'data', e: 'event', i: 'id' }

/**
 * Reads the fields of one whole event, with `start` at its first byte and `end` behind its last.
 *
 * The slow and general way, by the WHATWG rules for interpreting an event stream: any line ending, one leading space of a
 * value removed, comments and unknown fields ignored. Dialects call it for the few events whose content carries state.
 */
export function readEvent(bytes: Uint8Array, start: number, end: number): EventFields {
  // TextDecoder drops a leading byte order mark by itself.
  const text = decoder.decode(bytes.subarray(start, end))
  let name = ''
  let data: string | undefined
  let hasId = false
  // Line by line, and not split at once: an event may be megabytes of tiny lines.
  let nextLf = -1
  let nextCr = -1
  for (let at = 0; at < text.length;) {
    if (nextLf < at) nextLf = indexOrLength(text, '\n', at)
    if (nextCr < at) nextCr = indexOrLength(text, '\r', at)
    const lineEnd = Math.min(nextLf, nextCr)
    const known = FIELD_BY_LETTER[text[at] ?? '']
    const field = known !== undefined && isField(text, known, at, lineEnd) ? known : undefined
    if (field !== undefined) {
      const value = valueOf(text, at + field.length, lineEnd)
      if (field === 'id') hasId = true
      else if (field === 'event') name = value
      else data = data === undefined ? value : `${data}\n${value}`
    }
    at = lineEnd + 1
  }
  return { name, data: data ?? '', hasId }
}

/** Whether the line is of this field: a colon or the end of the line has to follow. */
function isField(text: string, field: string, at: number, lineEnd: number): boolean {
  const end = at + field.length
  return text.startsWith(field, at) && (end === lineEnd || text[end] === ':')
}

/** What stands between a field's name and the end of its line, without the colon and one space. */
function valueOf(text: string, nameEnd: number, lineEnd: number): string {
  const from = text[nameEnd + 1] === ' ' ? nameEnd + 2 : nameEnd + 1
  return text.slice(Math.min(from, lineEnd), lineEnd)
}

function indexOrLength(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from)
  return index === -1 ? text.length : index
}
