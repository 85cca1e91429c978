import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFramer } from './framer.ts'
import { JsonArrayFramer } from './json-array-framer.ts'

/** The units of a text that arrives in the given chunks; the last one is what is still open. */
function unitsOf(chunks: readonly Buffer[]): string[] {
  const framer = new JsonArrayFramer()
  const whole = Buffer.concat(chunks)
  const ends: number[] = []
  let base = 0
  for (const chunk of chunks) {
    framer.load(chunk)
    for (let end = framer.nextEnd(); end !== -1; end = framer.nextEnd()) ends.push(base + end)
    base += chunk.length
  }
  return [0, ...ends].map((start, i) => whole.subarray(start, ends[i]).toString())
}

function bytesOf(text: string): Buffer[] {
  return Array.from(Buffer.from(text), (byte) => Buffer.of(byte))
}

test.each([
  ['elements', '[{"a":1}\r\n,{"b":2}\r\n]', ['[{"a":1}', '\r\n,{"b":2}', '\r\n]', '']],
  ['separators before the line', '[{},\r\n{}]', ['[{}', ',\r\n{}', ']', '']],
  ['nesting', '[{"a":[{"b":[]},{}]},[[1],2]]', ['[{"a":[{"b":[]},{}]}', ',[[1],2]', ']', '']],
  ['brackets in strings', '[{"a]}":"]}[{,"},{"b":"}"}]', ['[{"a]}":"]}[{,"}', ',{"b":"}"}', ']', '']],
  ['escapes in strings', String.raw`[{"a":"\"}\\"},{"\\\"]":"\u007d"}]`, null],
  ['scalars, which have no end of their own', '[1,"]",{"a":1},true]', ['[1,"]",{"a":1}', ',true]', '']],
  ['an empty array', ' [ ]', [' [ ]', '']],
  ['a value of its own', '{"error":{"code":503}}', ['{"error":{"code":503}}', '']],
  ['an open element', '[{"a":1}\r\n,{"b"', ['[{"a":1}', '\r\n,{"b"']],
  ['multi-byte text', '[{"a":"Grüße 👋"}]', ['[{"a":"Grüße 👋"}', ']', '']],
])('nextEnd() finds the ends of %s in any two chunks and in single bytes', (_name, text, expected) => {
  const units = expected ?? [String.raw`[{"a":"\"}\\"}`, String.raw`,{"\\\"]":"\u007d"}`, ']', '']
  const bytes = Buffer.from(text)
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(unitsOf([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toEqual(units)
  }
  expect(unitsOf(bytesOf(text))).toEqual(units)
})

test('nextEnd() puts white space behind the last bracket into the last unit, as far as it is in the same chunk', () => {
  expect(unitsOf([Buffer.from('[{}\n]\n \r\n')])).toEqual(['[{}', '\n]\n \r\n', ''])
})

test('nextEnd() passes on what comes behind the array: it is not the framer who judges it', () => {
  expect(unitsOf([Buffer.from('[{}]x'), Buffer.from('y')])).toEqual(['[{}', ']', 'x', 'y', ''])
})

test('nextEnd() finds every element of any array, and all but the last bracket goes on to valid JSON', () => {
  const element = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 4 })
  fc.assert(
    fc.property(
      fc.array(element, { maxLength: 6 }),
      fc.constantFrom(undefined, 1, '\t'),
      fc.nat(30),
      (generated, indent, size) => {
        // JSON has no -0.
        const elements = JSON.parse(JSON.stringify(generated)) as unknown[]
        const bytes = Buffer.from(JSON.stringify(elements, null, indent))
        const chunks = Array.from({ length: Math.ceil(bytes.length / (size + 1)) }, (_, i) =>
          bytes.subarray(i * (size + 1), (i + 1) * (size + 1)),
        )
        const units = unitsOf(chunks).filter((unit) => unit !== '')
        expect(units).toHaveLength(elements.length + 1)
        expect(units.join('')).toBe(bytes.toString())
        for (let count = 1; count <= elements.length; count++) {
          expect(JSON.parse(`${units.slice(0, count).join('')}]`)).toEqual(elements.slice(0, count))
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('nextEnd() looks at each byte once: a 16 MiB element in small chunks takes no time that grows with it', () => {
  const framer = new JsonArrayFramer()
  const started = performance.now()
  framer.load(Buffer.from('[{"data":"'))
  expect(framer.nextEnd()).toBe(-1)
  const chunk = Buffer.from('iVBORw0KGgo\\n'.repeat(86))
  for (let i = 0; i < 16_384; i++) {
    framer.load(chunk)
    expect(framer.nextEnd() === -1).toBe(true)
  }
  framer.load(Buffer.from('"}]'))
  expect(framer.nextEnd()).toBe(2)
  expect(performance.now() - started).toBeLessThan(5_000)
})

test('createFramer() frames a JSON array with CRLF as its line ending', () => {
  expect(createFramer('json-array')).toMatchObject({ lineEnding: '\r\n', awaitsLf: false })
})

test('canSkip is true between the elements of an array, and nowhere else', () => {
  const framer = new JsonArrayFramer()
  const after = (text: string): boolean => {
    framer.load(Buffer.from(text))
    while (framer.nextEnd() !== -1);
    return framer.canSkip
  }
  expect(framer.canSkip).toBe(false)
  expect(after('[{"a":1}')).toBe(true)
  expect(after(',{"b":')).toBe(false)
  expect(after('"c"}')).toBe(true)
  expect(after(']')).toBe(false)
  expect(after(' ')).toBe(false)
})

test('skipTo() goes on behind elements that its caller knows', () => {
  const framer = new JsonArrayFramer()
  framer.load(Buffer.from('[{"a":1},{"a":"]"},{"a":3}]'))
  expect(framer.nextEnd()).toBe(8)
  framer.skipTo(18)
  expect(framer.nextEnd()).toBe(26)
  expect(framer.nextEnd()).toBe(27)
})
