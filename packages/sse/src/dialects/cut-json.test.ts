import fc from 'fast-check'
import { expect, test } from 'vitest'
import { membersOfCut } from './cut-json.ts'

test('membersOfCut() has the members of any object, and their beginning wherever it is cut', () => {
  const object = fc.dictionary(fc.string({ unit: 'grapheme-ascii', maxLength: 4 }), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 4,
  })
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const json = JSON.stringify(value, null, indent)
      const written = Object.keys(value).map((key) => JSON.stringify(key).slice(1, -1))
      const members = membersOfCut(json) ?? expect.unreachable()
      expect(members.map(({ key }) => key)).toEqual(written)
      for (const { key, value: text } of members) {
        const inner: unknown = value[JSON.parse(`"${key}"`) as string]
        expect(JSON.stringify(JSON.parse(text ?? ''))).toBe(JSON.stringify(inner))
      }
      for (let cut = 1; cut < json.length; cut++) {
        const known = membersOfCut(json.slice(0, cut)) ?? expect.unreachable()
        for (const [i, { key, value: text }] of known.entries()) {
          expect((written[i] ?? '').startsWith(key)).toBe(true)
          if (text !== undefined) expect((members[i]?.value ?? '').startsWith(text)).toBe(true)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test.each(['', ' ', '[', '1', 'null', '{a', '{"a"x', '{"a":1,]', '{"a":1,b'])(
  'membersOfCut() of %j is undefined',
  (json) => {
    expect(membersOfCut(json)).toBeUndefined()
  },
)
