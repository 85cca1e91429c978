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
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field === 'id') hasId = true
    else if (field === 'event') name = valueOf(line, colon)
    else if (field === 'data') data = data === undefined ? valueOf(line, colon) : `${data}\n${valueOf(line, colon)}`
  }
  return { name, data: data ?? '', hasId }
}

function valueOf(line: string, colon: number): string {
  if (colon === -1) return ''
  return line.startsWith(' ', colon + 1) ? line.slice(colon + 2) : line.slice(colon + 1)
}
