import { expect, test } from 'vitest'
import { mergeHeaders } from './merge-headers.ts'

test('mergeHeaders() lets the application win, but for what describes the body', () => {
  const set = ['X-Request-Id', 'app', 'Content-Type', 'text/html', 'Content-Length', '3', 'ETag', '"a"', 'X-App', '1']
  const ours = ['content-type', 'text/event-stream', 'x-request-id', 'api', 'x-api', '2']
  expect(mergeHeaders(ours, set).join(' ')).toBe('X-Request-Id app X-App 1 content-type text/event-stream x-api 2')
})

test('mergeHeaders() keeps the lists of both sides, in order and with repetitions', () => {
  const set = ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Vary', 'Origin']
  const ours = ['set-cookie', 'c=3', 'vary', 'Accept', 'set-cookie', 'd=4']
  expect(mergeHeaders(ours, set)).toEqual([...set, ...ours])
})

test('mergeHeaders() takes what keeps caches off a stream from us, and from the application where we have none', () => {
  const set = ['cache-control', 'private']
  expect(mergeHeaders(['cache-control', 'no-cache, no-transform'], set)).toEqual([
    'cache-control',
    'no-cache, no-transform',
  ])
  expect(mergeHeaders([], set)).toEqual(set)
})
