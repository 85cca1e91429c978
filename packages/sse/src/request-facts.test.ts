import { expect, test } from 'vitest'
import { readRequestFacts } from './request-facts.ts'

test.each([
  ['{"model":"claude","stream":true}', { stream: true, model: 'claude', choiceCount: 1 }],
  ['{"stream":"yes","model":7}', { stream: false, choiceCount: 1 }],
  ['{"n":3,"stream":true}', { stream: true, choiceCount: 3 }],
  ['{"generationConfig":{"candidateCount":2}}', { stream: false, choiceCount: 2 }],
  ['{"n":"many"}', { stream: false }],
  ['{"stream":true', {}],
  ['[1]', { stream: false, choiceCount: 1 }],
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
