import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventFramer } from './event-framer.ts'

/** Event ends found in a text that arrives in the given chunks, as offsets into the whole text. */
function endsOf(chunks: readonly string[]): number[] {
  const framer = new EventFramer()
  const ends: number[] = []
  let base = 0
  for (const chunk of chunks.map((text) => Buffer.from(text, 'latin1'))) {
    framer.load(chunk)
    for (let end = framer.nextEnd(); end !== -1; end = framer.nextEnd()) ends.push(base + end)
    base += chunk.length
  }
  return ends
}

/** The same by the WHATWG line rules, with the whole text at hand. */
function endsByTheRules(text: string): number[] {
  const ends: number[] = []
  let lineStart = 0
  for (const { index, 0: terminator } of text.matchAll(/\r\n|\n|\r/g)) {
    if (index === lineStart) ends.push(index + terminator.length)
    lineStart = index + terminator.length
  }
  return ends
}

test.each([
  ['LF', 'data: a\n\ndata: b\n\n', [9, 18]],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', [11, 22]],
  ['CR', 'data: a\r\rdata: b\r\rx', [9, 18]],
  ['CRLF then LF', 'data: a\r\n\ndata: b\n\r\nx', [10, 20]],
  ['comments and fields without data', ': c\n\nid: 1\n\n', [5, 12]],
])('nextEnd() finds the ends of %s events in any two chunks', (_name, text, expected) => {
  for (let cut = 0; cut <= text.length; cut++) {
    expect(endsOf([text.slice(0, cut), text.slice(cut)]), `cut at ${cut}`).toEqual(expected)
  }
})

test('nextEnd() agrees with the line rules for any text of line endings in any chunking', () => {
  const piece = fc.constantFrom('\n', '\r', '\r\n', 'a', 'data: x', ':', 'é')
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 6 }), { maxLength: 8 }), (groups) => {
      const chunks = groups.map((group) => group.join(''))
      // A last CR may still be half of a CRLF: its end is only due with the byte that follows.
      const text = `${chunks.join('')}x`
      expect(endsOf([...chunks, 'x']).length).toBe(endsByTheRules(text).length)
      expect(endsOf(text.split(''))).toHaveLength(endsByTheRules(text).length)
    }),
    { numRuns: 2000 },
  )
})

test('lineEnding tells what the stream uses, and LF before it is known', () => {
  const framer = new EventFramer()
  expect(framer.lineEnding).toBe('\n')
  framer.load(Buffer.from('data: a\r\n\r'))
  expect(framer.nextEnd()).toBe(-1)
  expect(framer.lineEnding).toBe('\r\n')
  expect(framer.awaitsLf).toBe(true)
})

test('missingEnd is what the open event still needs, whatever came of its last line', () => {
  for (const eol of ['\n', '\r\n', '\r'] as const) {
    const text = `data: a${eol}${eol}data: b${eol}${eol}`
    for (let cut = text.length - 2 * eol.length; cut < text.length; cut++) {
      const framer = new EventFramer()
      framer.load(Buffer.from(text.slice(0, cut)))
      while (framer.nextEnd() !== -1);
      expect(text.slice(0, cut) + framer.missingEnd).toBe(text)
    }
  }
})

test('skipTo() leaves the framer where nextEnd() would have left it', () => {
  const event = fc.constantFrom('data: a\n\n', 'data: b\r\n\r\n', 'event: x\ndata: c\r\n\n', ': d\n\r\n')
  const rest = fc.constantFrom('', 'data', 'data: e\n', 'data: e\r', 'data: e\n\n', '\r', '\n', '\r\r', 'data: f\r\rx')
  fc.assert(
    fc.property(fc.array(rest, { maxLength: 2 }), event, rest, rest, (before, skipped, behind, next) => {
      const framers = [new EventFramer(), new EventFramer()] as const
      for (const chunk of before) for (const framer of framers) endsIn(framer, chunk)
      const [walking, skipping] = framers
      // An event is open, or the LF of a CRLF may still come: there is nothing to be skipped.
      if (!skipping.canSkip || !/^$|[\r\n]$/.test(before.join(''))) return
      const ends = endsIn(walking, skipped + behind)
      skipping.load(Buffer.from(skipped + behind))
      skipping.skipTo(skipped.length)
      expect([skipped.length, ...restOf(skipping)].slice(-ends.length)).toEqual(ends)
      expect(endsIn(skipping, next)).toEqual(endsIn(walking, next))
      expect(skipping.lineEnding).toBe(walking.lineEnding)
    }),
    { numRuns: 2000 },
  )
})

function endsIn(framer: EventFramer, chunk: string): number[] {
  framer.load(Buffer.from(chunk))
  return restOf(framer)
}

function restOf(framer: EventFramer): number[] {
  const ends: number[] = []
  for (let end = framer.nextEnd(); end !== -1; end = framer.nextEnd()) ends.push(end)
  return ends
}
