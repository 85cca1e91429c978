import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Trace } from '@stopbit/traces'
import { loadTrace } from '@stopbit/traces/data'
import { expect, test } from 'vitest'
import { assertKeepsPartial, assertReadable, assertSettles, findRawText, partialTextOf } from '../src/index.ts'

test('assertSettles() hands out how an act ended, and fails for one that goes on', async () => {
  expect(await assertSettles(Promise.resolve(1), 1_000)).toEqual({ how: 'resolved', value: 1 })
  const error = new Error('no')
  expect(await assertSettles(Promise.reject(error), 1_000)).toEqual({ how: 'rejected', error })
  await expect(assertSettles(new Promise(() => undefined), 20)).rejects.toThrow('Not settled within 20 ms')
})

test('assertSettles() fires in a program that has nothing else to do, and holds none up', async () => {
  const program = `
    import { assertSettles } from ${JSON.stringify(import.meta.resolve('../src/assertions.ts'))}
    await assertSettles(Promise.resolve(), 600_000)
    console.log(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length)
    console.log(await assertSettles(new Promise(() => undefined), 20).catch((error) => error.message))`
  const args = ['--conditions=@stopbit/source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toBe('0\nNot settled within 20 ms\n')
})

test.each([-1, Number.NaN, 2 ** 31])('assertSettles() refuses %d ms', async (withinMs) => {
  await expect(assertSettles(Promise.resolve(), withinMs)).rejects.toThrow(
    `withinMs must be a number from 0 to 2147483647: ${withinMs}`,
  )
})

test.each([
  ['anthropic/cut-in-text', 'The proxy holds back half events.'],
  ['openai-chat/cut-in-text', 'The proxy holds back half events.'],
  ['openai-responses/cut-in-text', 'The proxy waits'],
  ['gemini/cut-in-text', 'The proxy holds back half events.'],
  ['openai-chat/cut-after-one-of-two-choices', 'First'],
  ['anthropic/cut-in-thinking', ''],
  ['opaque/rst-mid-stream', ''],
])('partialTextOf() knows the text that %s sends', async (id, text) => {
  expect(partialTextOf(await loadTrace(id))).toBe(text)
})

test('partialTextOf() takes the candidate by its index, which Gemini leaves out for the first', async () => {
  const trace = await loadTrace('gemini/cut-in-text')
  const candidate = (text: string, index?: number) => ({ index, content: { parts: [{ text }] } })
  const events = [[candidate('B', 1), candidate('A', 0)], [candidate('B', 1)], [candidate('a')]]
  const sse = events.map((candidates) => ({ data: { candidates } }))
  const script: Trace['upstream']['connections'][number]['script'] = [
    { do: 'read-request' },
    { do: 'send', as: 'chunk', sse: JSON.parse(JSON.stringify(sse)) },
    { do: 'variant' },
  ]
  expect(partialTextOf({ ...trace, upstream: { connections: [{ script }] } })).toBe('Aa')
})

test('the text of a trace that is cut at every byte is that of one cut, which has to be named', async () => {
  const trace = await loadTrace('openai-chat/every-byte-eof')
  const names = 'permutation must be one of cutAt:0 to cutAt:'
  expect(() => partialTextOf(trace)).toThrow(RangeError)
  expect(() => partialTextOf(trace)).toThrow(names)
  expect(() => assertKeepsPartial('anything', trace)).toThrow(names)
  expect(() => partialTextOf(trace, 'cutAt:-1')).toThrow(/^permutation must be one of .*: cutAt:-1$/)
  expect([100, 529].map((bytes) => partialTextOf(trace, `cutAt:${bytes}`))).toEqual(['', 'Grüße 👋'])
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
  'Network Error',
  'Error: network error.',
  'Load failed',
  'NetworkError when attempting to fetch resource.',
  'Cannot connect to API: undefined',
  'Connection error: read ECONNRESET',
  'The socket connection was closed unexpectedly. For more information, pass `verbose: true`',
  'Cannot reach 127.0.0.1:8080 now',
  '[object Object]',
  '',
  '502',
  'body-reset',
  '错误',
])('assertReadable() refuses %j', (message) => {
  expect(() => assertReadable(message)).toThrow(/^Expected a message for people/)
})

test.each([
  'The answer broke off here. What arrived is kept, and you can ask again.',
  'A network error occurred. Please try again.',
  '回答中断，请重试。',
  '回答が途中で切れました。',
  'คำตอบขาดหายไป',
  '답변이 중단되었습니다. 다시 시도하세요.',
])('assertReadable() takes %j', (message) => {
  expect(findRawText(message)).toBeUndefined()
  assertReadable(message)
})
