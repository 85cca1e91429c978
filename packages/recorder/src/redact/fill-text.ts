/** What stands in for a character of the same width in UTF-8. */
const FILLER: readonly (readonly number[])[] = [[], [0x78], [0xc3, 0xa9], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80]]
const ESCAPES = /^\\["\\/bfnrt]$/
const KEPT_CONTROLS = new Set([0x0a, 0x0d])

/**
 * Replaces every character by a filler of the same width: x, é, € or 😀. Line ends stay. Same length; a character that is cut
 * at the end stays cut; a byte that begins no character becomes x.
 */
export function fillBytes(input: Uint8Array): Uint8Array {
  const output = new Uint8Array(input.length)
  let at = 0
  while (at < input.length) {
    const byte = input[at] ?? 0
    const width = KEPT_CONTROLS.has(byte) ? 0 : widthAt(input, at)
    if (width === 0) output[at] = byte
    else output.set((FILLER[width] ?? []).slice(0, input.length - at), at)
    at += Math.max(width, 1)
  }
  return output
}

/** Bytes of the character at `at`: 1 for what is none. */
function widthAt(input: Uint8Array, at: number): number {
  const first = input[at] ?? 0
  const width = widthOfFirst(first)
  for (let next = at + 1; next < Math.min(at + width, input.length); next += 1) {
    if (((input[next] ?? 0) & 0xc0) !== 0x80) return 1
  }
  return width
}

function widthOfFirst(first: number): number {
  if (first >= 0xf0 && first < 0xf5) return 4
  if (first >= 0xe0 && first < 0xf0) return 3
  return first >= 0xc2 && first < 0xe0 ? 2 : 1
}

/** Replaces what stands in a JSON string, without its quotes: escapes stay escapes of the same kind, all else as `fillBytes`. */
export function fillJsonText(input: Uint8Array): Uint8Array {
  const text = Buffer.from(input).toString('latin1')
  const parts: Uint8Array[] = []
  for (const [token] of text.matchAll(/\\u[0-9a-fA-F]{0,4}|\\[^u]|\\$|[^\\]+/g)) {
    parts.push(token.startsWith('\\') ? fillEscape(token) : fillBytes(Buffer.from(token, 'latin1')))
  }
  return Buffer.concat(parts)
}

function fillEscape(token: string): Uint8Array {
  if (token.startsWith('\\u')) return Buffer.from(escapeLike(token).slice(0, token.length), 'latin1')
  return Buffer.from(token === '\\' || ESCAPES.test(token) ? token : '\\n', 'latin1') // no JSON, and maybe a letter of a word
}

/** A half of a surrogate pair stays the same half, or the text would be no Unicode any more. */
function escapeLike(token: string): string {
  const code = Number.parseInt(token.slice(2).padEnd(4, '0'), 16)
  if (token.length === 6 && code >= 0xd800 && code <= 0xdbff) return '\\ud83d'
  if (token.length === 6 && code >= 0xdc00 && code <= 0xdfff) return '\\ude00'
  return '\\u0078'
}

/** What of a tool call's arguments is grammar: it stays, so that half a call stays half a call and a whole one whole. */
const GRAMMAR =
  /\\u[0-9a-fA-F]{0,4}|\\[^u]|\\$|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[{}[\]:, ]+|[^\\{}[\]:, \d-]+|[\s\S]/g

/** As `fillJsonText`, for a string that is itself a piece of JSON: brackets, colons, commas, digits (as 1) and literals stay. */
export function fillJsonFragment(input: Uint8Array): Uint8Array {
  const text = Buffer.from(input).toString('latin1')
  const parts: Uint8Array[] = []
  for (const [token] of text.matchAll(GRAMMAR)) {
    if (token.startsWith('\\')) parts.push(fillEscape(token))
    else if (/^-?\d/.test(token)) parts.push(Buffer.from(token.replaceAll(/\d/g, '1')))
    else if (/^(?:true|false|null|[{}[\]:, ]+)$/.test(token)) parts.push(Buffer.from(token))
    else parts.push(fillBytes(Buffer.from(token, 'latin1')))
  }
  return Buffer.concat(parts)
}
