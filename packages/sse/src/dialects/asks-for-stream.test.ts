import { expect, test } from 'vitest'
import { detectDialect } from './table.ts'

test.each([
  ['POST', '/v1/messages', { stream: true }, true],
  ['POST', '/v1/messages', { stream: false }, false],
  ['POST', '/v1/messages', {}, false],
  ['POST', '/v1/chat/completions', { stream: true }, true],
  ['POST', '/v1/responses', { stream: true }, true],
  ['POST', '/v1/responses', {}, false],
  ['GET', '/v1/responses/resp_1?stream=true&starting_after=7', {}, true],
  ['GET', '/v1/responses/resp_1?stream=trueish', {}, false],
  ['POST', '/v1beta/models/m:streamGenerateContent', {}, true],
  ['POST', '/v1beta/models/m:streamGenerateContent?alt=sse', { stream: false }, true],
  ['POST', '/v1beta/models/m:generateContent', { stream: true }, false],
  ['POST', '/v2/unknown', { stream: true }, true],
  ['POST', '/v2/unknown', {}, false],
])('asksForStream() of %s %s with %j is %s', (method, target, facts, expected) => {
  expect(detectDialect(method, target).asksForStream(target, facts)).toBe(expected)
})
