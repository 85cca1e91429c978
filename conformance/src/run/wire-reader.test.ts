import { describe, expect, test } from 'vitest'
import { WireReader, type ReaderState } from './wire-reader.ts'

interface Reading {
  readonly body: string
  readonly rest: string
  readonly state: ReaderState
}

function read(wire: string, { pieceBytes = wire.length, fin = false } = {}): Reading {
  let body = ''
  let rest = ''
  const reader = new WireReader((bytes) => (body += bytes.toString('latin1')))
  const bytes = Buffer.from(wire, 'latin1')
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    rest += reader.feed(bytes.subarray(start, start + pieceBytes)).toString('latin1')
  }
  if (fin) reader.finish()
  return { body, rest, state: reader.state }
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\nT: 1\r\n\r\n'
const LENGTH = 'HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno'
const UNTIL_CLOSE = 'HTTP/1.1 200 OK\r\n\r\nabc'

describe.each([1, 2, 3, 7, 1_000])('WireReader in pieces of %i bytes', (pieceBytes) => {
  test('reads a chunked body with extensions and trailers', () => {
    expect(read(CHUNKED, { pieceBytes })).toMatchObject({
      body: 'helloyou',
      rest: '',
      state: { phase: 'complete', head: { status: 200 } },
    })
  })

  test('reads a body by its length and gives back what follows', () => {
    expect(read(LENGTH + CHUNKED, { pieceBytes })).toMatchObject({
      body: 'no',
      rest: CHUNKED,
      state: { phase: 'complete', head: { status: 404 } },
    })
  })

  test('skips an interim response', () => {
    expect(read(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${LENGTH}`, { pieceBytes })).toMatchObject({
      body: 'no',
      state: { phase: 'complete' },
    })
  })

  test('takes FIN for the end of a body without framing, and of no other', () => {
    expect(read(UNTIL_CLOSE, { pieceBytes, fin: true })).toMatchObject({ body: 'abc', state: { phase: 'complete' } })
    expect(read(CHUNKED.slice(0, -5), { pieceBytes, fin: true })).toMatchObject({
      body: 'helloyou',
      state: { phase: 'body' },
    })
  })
})

test.each([
  ['a chunk size that is none', `${CHUNKED.slice(0, 47)}zz\r\n`, 'chunk size line'],
  ['a missing CRLF after data', CHUNKED.replace('hello\r\n', 'helloXX'), 'no CRLF after chunk data'],
  ['a status line that is none', 'oops\r\n\r\n', 'status line'],
  ['a folded header', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n', 'header line'],
  [
    'a length beside chunks',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n',
    'content-length beside chunks',
  ],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nno',
    'two content-lengths that differ',
  ],
  ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n', 'content-length is no number'],
])('WireReader calls %s broken', (_, wire, why) => {
  expect(read(wire).state).toMatchObject({ phase: 'broken', why: expect.stringContaining(why) as unknown })
})
