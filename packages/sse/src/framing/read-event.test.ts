import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEvent, type EventFields } from './read-event.ts'

/** The rules as WHATWG writes them, line by line. */
function readSlowly(text: string): EventFields {
  const lines = text.split(/\r\n|\n|\r/).map((line) => /^([^:]*)(?::(?: )?(.*))?$/s.exec(line) ?? [])
  const valuesOf = (field: string): string[] => lines.flatMap(([, name, value = '']) => (name === field ? [value] : []))
  return { name: valuesOf('event').at(-1) ?? '', data: valuesOf('data').join('\n'), hasId: valuesOf('id').length > 0 }
}

test('readEvent() reads any lines by the rules', () => {
  const piece = fc.constantFrom(
    'data',
    'event',
    'id',
    'dat',
    'datax',
    ':',
    ': ',
    ' ',
    '\n',
    '\r',
    '\r\n',
    'x',
    '{"a":1}',
    'é',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const bytes = Buffer.from(`x${pieces.join('')}x`)
      expect(readEvent(bytes, 1, bytes.length - 1)).toEqual(readSlowly(pieces.join('')))
    }),
    { numRuns: 2_000 },
  )
})
