import { toBytes } from './bytes.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LOWER_U = 0x75
const ZERO = 0x30
const NINE = 0x39

/** Which bytes may stand behind a backslash in JSON, but for `u` and its four digits. */
const ESCAPES = tableOf('"\\/bfnrt')
const HEX_DIGITS = tableOf('0123456789abcdefABCDEF')

/** The closing quote of a JSON string whose content begins at `from`; -1 if what stands there is no valid content. */
export function endOfString(view: DataView, from: number, limit: number): number {
  let at = from
  while (at < limit) {
    while (at + 8 <= limit && (stopsIn(view.getInt32(at, true)) | stopsIn(view.getInt32(at + 4, true))) === 0) at += 8
    const stops = stopsIn(wordAt(view, at, limit))
    // The lowest bit that is set is the highest one of the first byte that is no plain text.
    at += stops === 0 ? 4 : (31 - Math.clz32(stops & -stops)) >> 3
    if (stops === 0) continue
    if (at >= limit) return -1
    const byte = view.getUint8(at)
    if (byte === QUOTE) return at
    // Control characters are not valid in JSON, and a line ending would end the data.
    if (byte !== BACKSLASH) return -1
    at = endOfEscape(view, at, limit)
    if (at === -1) return -1
  }
  return -1
}

/** Behind the JSON integer at `from`; -1 if there is none. A sign is no part of it. */
export function endOfInteger(view: DataView, from: number, limit: number): number {
  let at = from
  while (at < limit && isDigit(view.getUint8(at))) at++
  if (at === from) return -1
  return at > from + 1 && view.getUint8(from) === ZERO ? -1 : at
}

/** Whether an ASCII code is that of a digit. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

/** The four bytes at `at`, the first of them lowest. Quotes stand for those behind the limit. */
function wordAt(view: DataView, at: number, limit: number): number {
  if (at + 4 <= limit) return view.getInt32(at, true)
  let word = 0x22222222
  for (let i = limit - 1; i >= at; i--) word = (word << 8) | view.getUint8(i)
  return word
}

/**
 * Finds quotes, backslashes and control characters in four bytes at once, as a look at each byte would be most of what
 * following a stream costs. Zero if there is none; else the highest bit of the first such byte is the lowest that is set.
 *
 * Exactly quotes and control characters are below 0x21 in `word ^ 0x02…`. To take that off borrows into the highest bit of
 * these bytes, and perhaps of those above; bytes that had that bit before, which are parts of longer characters, are left out.
 */
function stopsIn(word: number): number {
  const quotes = (word ^ 0x02020202) - 0x21212121
  const backslashes = (word ^ 0x5c5c5c5c) - 0x01010101
  return (quotes | backslashes) & ~word & 0x80808080
}

/** Behind the escape at `at`; -1 if it is none that JSON has, or not whole. */
function endOfEscape(view: DataView, at: number, limit: number): number {
  if (at + 2 > limit) return -1
  const escaped = view.getUint8(at + 1)
  if (ESCAPES[escaped] === 1) return at + 2
  if (escaped !== LOWER_U || at + 6 > limit) return -1
  for (let i = at + 2; i < at + 6; i++) if (HEX_DIGITS[view.getUint8(i)] !== 1) return -1
  return at + 6
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of toBytes(characters)) table[byte] = 1
  return table
}
