import { expect, test } from 'vitest'
import { redactHead } from './redact-head.ts'

test('redactHead() keeps what describes the message, zeroes ids and drops everything else', () => {
  expect(
    redactHead([
      'HTTP/1.1 200 OK',
      'Content-Type: text/event-stream; charset=utf-8',
      'transfer-encoding: chunked',
      'Set-Cookie: session=1',
      'anthropic-organization-id: 8d4f',
      'request-id: req_011CSHoE',
      'server: internal-host-7',
      'Cache-Control: no-cache, no-store',
    ]),
  ).toEqual([
    'HTTP/1.1 200 OK',
    'Content-Type: text/event-stream; charset=utf-8',
    'transfer-encoding: chunked',
    'request-id: req_00000000',
    'Cache-Control: no-cache, no-store',
  ])
})

test('redactHead() drops an allowed header whose value is unusual, and a reason that is not the standard one', () => {
  expect(redactHead(['HTTP/1.1 503 Jane is on holiday', 'content-type: text/plain; owner=jane'])).toEqual([
    'HTTP/1.1 503 ',
  ])
})

test('redactHead() keeps no word of its own choice in a header of the framing, and is not held up by blanks', () => {
  const kept = ['keep-alive: timeout=5, max=100', 'content-encoding: gzip', 'transfer-encoding: chunked']
  const dropped = ['keep-alive: jane', 'content-encoding: hunter2', 'transfer-encoding: secret']
  const blanks = `x-request-id: a${' '.repeat(250_000)}b`
  expect(redactHead(['HTTP/1.1 200 OK', ...kept, ...dropped, blanks])).toEqual(['HTTP/1.1 200 OK', ...kept])
})
