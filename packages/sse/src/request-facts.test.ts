import { expect, test } from 'vitest'
import { readRequestFacts } from './request-facts.ts'

test.each([
  ['{"model":"claude","stream":true}', { stream: true, model: 'claude' }],
  ['{"stream":"yes","model":7}', { stream: false }],
  ['{"stream":true', {}],
  ['[1]', { stream: false }],
  ['null', {}],
  ['', {}],
  ['\u00ff not JSON', {}],
])('readRequestFacts(%j)', (body, facts) => {
  expect(readRequestFacts(Buffer.from(body))).toEqual(facts)
})

test('readRequestFacts() of bytes that are not UTF-8, or of no body, knows nothing', () => {
  expect(readRequestFacts(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual({})
  expect(readRequestFacts(undefined)).toEqual({})
})
