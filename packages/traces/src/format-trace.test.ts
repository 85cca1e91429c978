import { expect, test } from 'vitest'
import { exampleTrace } from '../test/example-trace.ts'
import { formatTrace } from './format-trace.ts'

test('formatTrace() changes the layout and nothing else', () => {
  expect(JSON.parse(formatTrace(exampleTrace()))).toEqual(exampleTrace())
})

test('formatTrace() gives each event a line of its own, and bytes that are sent stay on one', () => {
  const step = { do: 'send', as: 'chunk', sse: [{ data: { text: 'a'.repeat(80) } }, { event: 'stop', data: {} }] }
  const text = { do: 'send', as: 'chunk', text: 'b'.repeat(200) }
  expect(formatTrace({ script: [step, text] })).toBe(`{
  "script": [
    { "do": "send", "as": "chunk", "sse": [
      { "data": { "text": "${'a'.repeat(80)}" } },
      { "event": "stop", "data": {} }
    ] },
    { "do": "send", "as": "chunk", "text": "${'b'.repeat(200)}" }
  ]
}
`)
})
