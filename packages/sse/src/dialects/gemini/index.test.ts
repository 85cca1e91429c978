import { expect, test } from 'vitest'
import type { Dialect } from '../dialect.ts'
import { readEvent } from '../../framing/read-event.ts'
import { gemini } from './index.ts'

const STREAM = '/v1beta/models/gemini-2.5-flash:streamGenerateContent'

test.each([
  ['POST', STREAM, true],
  ['POST', `${STREAM}?alt=sse`, true],
  ['POST', '/v1beta/models/gemini-2.5-flash%3AstreamGenerateContent?key=k', true],
  ['POST', '/v1/projects/p/locations/l/publishers/google/models/m:generateContent', true],
  ['GET', STREAM, false],
  ['POST', '/v1beta/models/m:countTokens', false],
  ['POST', '/v1beta/models/m:batchGenerateContent', false],
  ['POST', '/v1beta/models/m:generateContentX', false],
  ['POST', '/v1/messages?x=:generateContentX', false],
])('matches(%s %s) is %s', (method, target, expected) => {
  expect(gemini.matches(method, target)).toBe(expected)
})

test.each([
  ['text/event-stream', `${STREAM}?alt=sse`, 'event-stream'],
  ['text/event-stream', '/v1/models/m:generateContent', 'event-stream'],
  ['application/json', STREAM, 'json-array'],
  ['application/json', `${STREAM}?key=k&alt=json`, 'json-array'],
  ['application/json', `${STREAM}?alt=sse`, undefined],
  ['application/json', `${STREAM}?key=k&$alt=sse`, undefined],
  ['application/json', '/v1/models/m:generateContent', undefined],
  ['text/html', STREAM, undefined],
])('framingOf(%s, %s) is %s', (mediaType, target, framing) => {
  expect(gemini.framingOf(mediaType, target)).toBe(framing)
})

test.each([
  ['', '{"candidates":[]}', true],
  ['', '{"promptFeedback":{}}', true],
  ['', '{"usageMetadata":{"promptTokenCount":1}}', true],
  ['message', '{"candidates":[]}', false],
  ['', '{"choices":[]}', false],
  ['', '{"candidates":3}', false],
  ['', '[DONE]', false],
  ['', 'null', false],
])('recognizes(event %j with %s) is %s', (name, data, expected) => {
  const bytes = Buffer.from(`event: ${name}\ndata: ${data}\n\n`)
  expect(gemini.recognizes(readEvent(bytes, 0, bytes.length))).toBe(expected)
})

test('gemini is a dialect of the table, and its key has a header of its own', () => {
  const dialect: Dialect = gemini
  expect(dialect).toMatchObject({ id: 'gemini', completeWith: 'stop-reasons' })
  expect(dialect.credentialHeaders('k')).toEqual(['x-goog-api-key', 'k'])
})
