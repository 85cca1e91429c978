import { loadTrace } from '@stopbit/traces/data'
import { expect, test } from 'vitest'
import { assertKeepsPartial, assertReadable, assertSettles, findRawText, partialTextOf } from '../src/index.ts'

test('assertSettles() hands out how an act ended, and fails for one that goes on', async () => {
  expect(await assertSettles(Promise.resolve(1), 1_000)).toEqual({ how: 'resolved', value: 1 })
  const error = new Error('no')
  expect(await assertSettles(Promise.reject(error), 1_000)).toEqual({ how: 'rejected', error })
  await expect(assertSettles(new Promise(() => undefined), 20)).rejects.toThrow('Not settled within 20 ms')
})

test.each([
  ['anthropic/cut-in-text', 'The proxy holds back half events.'],
  ['openai-chat/cut-in-text', 'The proxy holds back half events.'],
  ['openai-responses/cut-in-text', 'The proxy waits'],
  ['gemini/cut-in-text', 'The proxy holds back half events.'],
  ['anthropic/cut-in-thinking', ''],
  ['opaque/rst-mid-stream', ''],
])('partialTextOf() knows the text that %s sends', async (id, text) => {
  expect(partialTextOf(await loadTrace(id))).toBe(text)
})

test('assertKeepsPartial() wants every word, and no particular white space', async () => {
  const trace = await loadTrace('anthropic/cut-in-text')
  const text = partialTextOf(trace)
  assertKeepsPartial(`Assistant\n${text.replaceAll(' ', '\n')}\nThe answer broke off.`, trace)
  expect(() => assertKeepsPartial('The answer broke off.', trace)).toThrow(/^Expected the partial answer/)
  expect(() => assertKeepsPartial(text.slice(0, -1), trace)).toThrow(/^Expected the partial answer/)
})

test('assertKeepsPartial() refuses a trace that sends no text, for then it would prove nothing', async () => {
  const trace = await loadTrace('anthropic/rst-before-head')
  expect(() => assertKeepsPartial('anything', trace)).toThrow(/^Cannot look for a partial answer/)
})

test.each([
  'terminated',
  'TypeError: Failed to fetch',
  'network error',
  'Load failed',
  'NetworkError when attempting to fetch resource.',
  'Cannot connect to API: undefined',
  'Connection error: read ECONNRESET',
  'The socket connection was closed unexpectedly. For more information, pass `verbose: true`',
  'Cannot reach 127.0.0.1:8080 now',
  '[object Object]',
  '',
  '502',
])('assertReadable() refuses %j', (message) => {
  expect(() => assertReadable(message)).toThrow(/^Expected a message for people/)
})

test('assertReadable() takes a sentence', () => {
  const message = 'The answer broke off here. What arrived is kept, and you can ask again.'
  expect(findRawText(message)).toBeUndefined()
  assertReadable(message)
})
