import { expect, test } from 'vitest'
import { dialectRules } from './dialect.ts'
import { arrayEnding } from './json-array.ts'

const TEXT = '{"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0}]}'
const STOP = '{"candidates":[{"content":{"parts":[]},"finishReason":"STOP","index":0}]}'
const ERROR = '{"error":{"code":503,"message":"Lost.","status":"UNAVAILABLE"}}'

function ending(sent: string, body: string, asked = 1): string | undefined {
  return arrayEnding(Buffer.from(sent), Buffer.from(body), { rules: dialectRules('gemini'), asked })
}

test.each([
  ['an error behind the elements that are whole is an error', `[${TEXT}`, `[${TEXT},${ERROR}]`, 'error'],
  ['half an element may be dropped for it', `[${TEXT},${STOP.slice(0, 40)}`, `[${TEXT},${ERROR}]`, 'error'],
  ['an error in an empty array is an error', '[', `[${ERROR}]`, 'error'],
  ['the bracket behind a finish reason is only the bracket', `[${TEXT},${STOP}`, `[${TEXT},${STOP}]`, 'bracket'],
  ['the bracket without a finish reason is invented', `[${TEXT}`, `[${TEXT}]`, 'invented'],
  ['an empty array that was never closed is invented', '[', '[]', 'invented'],
  ['half a finish reason is none', `[${TEXT},${STOP.slice(0, -20)}`, `[${TEXT}]`, 'invented'],
  ['an array that the upstream closed is not its business', `[${TEXT}]`, `[${TEXT}]`, undefined],
  ['an element that the upstream did not send is no ending', `[${TEXT}`, `[${TEXT},${STOP}]`, undefined],
  ['a lost element is no ending', `[${TEXT},${STOP}`, `[${STOP}]`, undefined],
  ['an error in an element’s place is no ending', `[${TEXT},${STOP}`, `[${TEXT},${ERROR}]`, undefined],
  ['two errors are no ending', `[${TEXT}`, `[${TEXT},${ERROR},${ERROR}]`, undefined],
  ['an error that is none of the dialect is no ending', `[${TEXT}`, `[${TEXT},{"error":"Lost."}]`, undefined],
  ['what stays open is no ending', `[${TEXT}`, `[${TEXT}`, undefined],
  ['an object is no array', '{"a":1', '{"a":1}', undefined],
])('%s', (_, sent, body, expected) => {
  expect(ending(sent, body)).toBe(expected)
})

test('the bracket is invented while one of the candidates that were asked for has no finish reason', () => {
  expect(ending(`[${STOP}`, `[${STOP}]`, 2)).toBe('invented')
})

test('brackets and braces inside a text are no elements', () => {
  const text = TEXT.replace('"a"', '"}],["')
  expect(ending(`[${text},${TEXT.slice(0, 30)}`, `[${text},${ERROR}]`)).toBe('error')
})
