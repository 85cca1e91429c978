import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstControl } from './control-characters.ts'

test('firstControl() finds what a look at each byte finds, wherever it begins and ends', () => {
  const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0x20, max: 255 }))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), fc.nat({ max: 12 }), fc.nat({ max: 12 }), (bytes, skipped, cut) => {
      const all = Uint8Array.from(bytes)
      const limit = Math.max(0, all.length - cut)
      const from = Math.min(skipped, limit)
      const expected = all.findIndex((each, i) => i >= from && i < limit && each < 0x20)
      expect(firstControl(new DataView(all.buffer), from, limit)).toBe(expected === -1 ? limit : expected)
    }),
    { numRuns: 5_000 },
  )
})
