import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BytePattern, viewOnce } from './byte-pattern.ts'

test('isAt() looks at every bit of every byte, whatever the length', () => {
  for (let length = 1; length <= 40; length++) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => 0x21 + ((i * 7) % 90)))
    const pattern = new BytePattern(bytes)
    const around = Buffer.concat([Buffer.from('abc'), bytes, Buffer.from('xyz')])
    expect(pattern.isAt(viewOnce(around), 3, around.length)).toBe(true)
    expect(pattern.isAt(viewOnce(around), 3, 3 + length)).toBe(true)
    expect(pattern.isAt(viewOnce(around), 3, 2 + length)).toBe(false)
    for (let bit = 0; bit < 8 * length; bit++) {
      const other = Buffer.from(around)
      other[3 + (bit >> 3)] = (other[3 + (bit >> 3)] ?? 0) ^ (1 << (bit & 7))
      expect(pattern.isAt(viewOnce(other), 3, other.length), `bit ${bit} of ${length} bytes`).toBe(false)
    }
  }
})

test('isAt() never takes other bytes for its own, even if they are no number as a double', () => {
  const some = fc.uint8Array({ minLength: 1, maxLength: 24 }).filter((bytes) => !bytes.includes(0))
  fc.assert(
    fc.property(some, some, (left, right) => {
      const isEqual = Buffer.compare(left, right) === 0
      expect(new BytePattern(left).isAt(viewOnce(right), 0, right.length) && !isEqual).toBe(
        left.length < right.length && Buffer.compare(left, right.subarray(0, left.length)) === 0,
      )
    }),
  )
})

test('viewOnce() shows the bytes as they are now, small or large', () => {
  for (const length of [0, 1, 1_024, 1_025, 70_000]) {
    const bytes = Buffer.alloc(length, 'a')
    viewOnce(bytes)
    bytes.fill('b')
    const view = viewOnce(bytes)
    expect(Array.from(bytes.keys(), (at) => view.getUint8(at)).every((byte) => byte === 0x62)).toBe(true)
  }
})
