import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endOfInteger, endOfString } from './json-tokens.ts'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What `find` answers for a text inside of other bytes, as an offset into it; -1 if it found nothing. */
function endIn(find: typeof endOfString, bytes: Buffer, before: number): number {
  const whole = Buffer.concat([Buffer.alloc(before, '"'), bytes, Buffer.from('"00"')])
  const end = find(new DataView(whole.buffer, whole.byteOffset, whole.byteLength), before, before + bytes.length)
  return end === -1 ? -1 : end - before
}

const piece = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '\\\\',
    '\\n',
    '\\u00e9',
    '\\u00',
    '\\uD83',
    '\\x',
    '\n',
    '\u0000',
    '\u001f',
    '\u007f',
  ),
  fc.constantFrom(' ', '!', '#', '[', ']', 'é', '👋', 'a', 'abcdefghijkl', '0'),
  fc.string({ unit: 'binary', maxLength: 4 }),
)

test('endOfString() finds the quote that ends a string for a JSON parser, and nothing else', () => {
  const pieces = fc.array(piece, { maxLength: 12 }).map((all) => all.join(''))
  fc.assert(
    fc.property(pieces, fc.nat({ max: 7 }), (text, before) => {
      const bytes = Buffer.from(text)
      const end = endIn(endOfString, bytes, before)
      const ends = [...bytes.keys()].filter((at) => bytes[at] === 0x22 && isJson(`"${bytes.toString('utf8', 0, at)}"`))
      expect(end).toBe(ends[0] ?? -1)
    }),
    { numRuns: 5000 },
  )
})

test('endOfString() stops at each byte that a string may not hold or that ends it, wherever it stands', () => {
  for (let byte = 0; byte < 256; byte++) {
    for (let at = 0; at < 20; at++) {
      const bytes = Buffer.alloc(21, 'a')
      bytes[at] = byte
      bytes[20] = 0x22
      const isEscape = byte === 0x5c && at === 19
      const expected = byte === 0x22 ? at : 20
      const isValid = byte >= 0x20 && byte !== 0x5c
      expect(endIn(endOfString, bytes, at % 3), `${byte} at ${at}`).toBe(isValid && !isEscape ? expected : -1)
    }
  }
})

test('endOfInteger() finds the end of the integers that JSON has', () => {
  const text = fc.array(fc.constantFrom('0', '1', '9', '-', '.', 'e', ',', ' ', '"'), { maxLength: 6 })
  fc.assert(
    fc.property(text, fc.nat({ max: 7 }), (characters, before) => {
      const joined = characters.join('')
      const digits = /^\d+/.exec(joined)?.[0] ?? ''
      expect(endIn(endOfInteger, Buffer.from(joined), before)).toBe(isJson(digits) ? digits.length : -1)
    }),
  )
})
