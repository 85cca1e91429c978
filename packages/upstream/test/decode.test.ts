import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { chunk, chunkedHead, LAST_CHUNK, REQUEST, startBoth } from './http-upstream.ts'
import { nextTurn, record, type Recorder } from './recorder.ts'

const CODINGS = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  'deflate raw': zlib.deflateRawSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
} as const
const NAMES = Object.keys(CODINGS) as (keyof typeof CODINGS)[]
const TEXT = `${'data: {"text":"hello"}\n\n'.repeat(400)}data: ${randomBytes(2_000).toString('hex')}\n\n`

/** The token of a coding; raw deflate has none of its own. */
const tokenOf = (name: string): string => name.split(' ')[0] ?? name

/** A call whose body is decoded, or shown as it is if it cannot be. */
async function decoded(
  coding: string,
  answer: (socket: Socket) => unknown,
  and?: (line: string) => void,
): Promise<
  { call: ReturnType<Awaited<ReturnType<typeof startBoth>>['pool']['dispatch']>; taken: boolean[] } & Recorder
> {
  const { pool } = await startBoth(answer)
  const taken: boolean[] = []
  const recorder = record(and)
  const call = pool.dispatch(REQUEST, {
    ...recorder.events,
    upstreamHead: (status, headers) => {
      recorder.events.upstreamHead(status, headers)
      taken.push(call.decode(coding))
    },
  })
  return { ...recorder, call, taken }
}

function answerWith(body: Uint8Array, pieceBytes = body.byteLength) {
  return (socket: Socket): void => {
    socket.write(chunkedHead())
    for (let i = 0; i < body.byteLength; i += pieceBytes) socket.write(chunk(body.subarray(i, i + pieceBytes)))
    socket.write(LAST_CHUNK)
  }
}

test.each(NAMES)('decode() takes %s, whole and in single bytes', async (name) => {
  const body = CODINGS[name](TEXT)
  for (const pieceBytes of [body.byteLength, 7]) {
    const call = await decoded(tokenOf(name), answerWith(body, pieceBytes))
    expect(await call.over).toBeUndefined()
    expect(call.taken).toEqual([true])
    expect(call.body()).toBe(TEXT)
    expect(call.lines.at(-1)).toBe('end')
  }
})

test.each([
  ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(TEXT))],
  ['BR , GZIP', zlib.gzipSync(zlib.brotliCompressSync(TEXT))],
  ['identity, deflate, zstd, gzip', zlib.gzipSync(zlib.zstdCompressSync(zlib.deflateSync(TEXT)))],
])('decode() undoes a list of codings from its last to its first: %s', async (coding, body) => {
  const call = await decoded(coding, answerWith(body, 100))
  expect(await call.over).toBeUndefined()
  expect(call.body()).toBe(TEXT)
})

test.each(['compress', 'gzip, unknown', 'identity', '', 'gzip,gzip,gzip,gzip,gzip'])(
  'decode() answers false to "%s", and the body comes as it is',
  async (coding) => {
    const call = await decoded(coding, answerWith(Buffer.from('as it is')))
    expect(await call.over).toBeUndefined()
    expect(call.taken).toEqual([false])
    expect(call.body()).toBe('as it is')
  },
)

test('decode() answers false outside of upstreamHead, and to a second call', async () => {
  const call = await decoded('gzip', answerWith(zlib.gzipSync(TEXT)), (line) => {
    if (line.startsWith('chunk')) call.taken.push(call.call.decode('gzip'))
  })
  await call.over
  expect(new Set(call.taken.slice(1))).toEqual(new Set([false]))
  expect(call.body()).toBe(TEXT)
})

test('a coded body of no bytes is an empty body', async () => {
  const call = await decoded('gzip', answerWith(Buffer.alloc(0)))
  expect(await call.over).toBeUndefined()
  expect(call.lines).toEqual(['connected false', 'head 200', 'end'])
})

/** Encoders that give out what they have after each event. */
const FLUSHING = {
  gzip: () => zlib.createGzip({ flush: zlib.constants.Z_SYNC_FLUSH }),
  deflate: () => zlib.createDeflate({ flush: zlib.constants.Z_SYNC_FLUSH }),
  br: () => zlib.createBrotliCompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => zlib.createZstdCompress({ flush: zlib.constants.ZSTD_e_flush }),
}

test.each(Object.keys(FLUSHING) as (keyof typeof FLUSHING)[])(
  'each event of a flushed %s stream is there before the next one is sent',
  async (name) => {
    let sendNext: () => void = () => undefined
    const call = await decoded(name, (socket) => {
      socket.write(chunkedHead())
      const encoder = FLUSHING[name]()
      encoder.on('data', (bytes: Buffer) => socket.write(chunk(bytes)))
      encoder.on('end', () => socket.write(LAST_CHUNK))
      sendNext = () => encoder.write(`data: ${sent++}\n\n`)
      sendNext()
    })
    let sent = 0
    for (let i = 0; i < 5; i++) {
      while (!call.body().endsWith(`data: ${i}\n\n`)) await nextTurn()
      expect(sent).toBe(i + 1)
      sendNext()
    }
    call.call.abort()
  },
)

test.each(NAMES)('%s that is cut by clean framing is a decode fault after what could be decoded', async (name) => {
  const body = CODINGS[name](TEXT)
  for (const length of [body.byteLength - 1, body.byteLength - 5, 1]) {
    const call = await decoded(tokenOf(name), answerWith(body.subarray(0, length)))
    const fault = await call.over
    expect(fault).toMatchObject({ kind: 'decode', error: { code: 'Z_BUF_ERROR', message: 'unexpected end of file' } })
    expect(fault?.facts.headersReceived).toBe(true)
    expect(TEXT.startsWith(call.body())).toBe(true)
  }
})

test.each(NAMES)('bytes after the end of %s are a decode fault, in the same read or in a later one', async (name) => {
  const body = CODINGS[name](TEXT)
  const together = await decoded(tokenOf(name), answerWith(Buffer.concat([body, Buffer.from('garbage')])))
  expect((await together.over)?.kind).toBe('decode')
  let sendGarbage: () => void = () => undefined
  const apart = await decoded(tokenOf(name), (socket) => {
    socket.write(chunkedHead())
    socket.write(chunk(body))
    sendGarbage = () => socket.write(Buffer.concat([chunk(Buffer.alloc(4)), Buffer.from(LAST_CHUNK)]))
  })
  while (apart.body() !== TEXT) await nextTurn()
  sendGarbage()
  expect((await apart.over)?.kind).toBe('decode')
})

test.each(NAMES)('corrupt %s is a decode fault, and closes the connection', async (name) => {
  const closed = Promise.withResolvers<void>()
  const body = CODINGS[name](randomBytes(5_000))
  const call = await decoded(tokenOf(name), (socket) => {
    socket.once('close', () => closed.resolve())
    socket.write(chunkedHead())
    socket.write(chunk(Buffer.concat([body.subarray(0, 4), Buffer.alloc(400, 0xff)])))
    socket.write(chunk(Buffer.alloc(40_000, 0xff)))
  })
  expect((await call.over)?.kind).toBe('decode')
  await closed.promise
})

test.each(NAMES)('a body that is not %s at all is a decode fault', async (name) => {
  const call = await decoded(tokenOf(name), answerWith(Buffer.from('event: message_start\ndata: {}\n\n')))
  expect((await call.over)?.kind).toBe('decode')
  expect(call.body()).toBe('')
})

test('a fault inside a list of codings is one fault', async () => {
  const call = await decoded('gzip, br', answerWith(zlib.brotliCompressSync(zlib.gzipSync(TEXT).subarray(0, 300))))
  expect((await call.over)?.kind).toBe('decode')
  expect(call.lines.filter((line) => line.startsWith('fault'))).toHaveLength(1)
})

/** Coded so that all of it can be decoded, and more could follow. */
const openGzip = (text: string): Buffer => zlib.gzipSync(text, { finishFlush: zlib.constants.Z_SYNC_FLUSH })
const openBrotli = (bytes: Uint8Array | string): Buffer =>
  zlib.brotliCompressSync(bytes, { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH })
const openZstd = (text: string): Buffer => zlib.zstdCompressSync(text, { finishFlush: zlib.constants.ZSTD_e_flush })

test.each([
  ['gzip', openGzip(TEXT)],
  ['br', openBrotli(TEXT)],
  ['zstd', openZstd(TEXT)],
  ['gzip, br', openBrotli(openGzip(TEXT))],
])('a reset in a body of %s comes after all that could be decoded', async (coding, coded) => {
  const call = await decoded(coding, (socket) => {
    socket.write(chunkedHead())
    socket.write(chunk(coded), () => socket.resetAndDestroy())
  })
  expect((await call.over)?.kind).toBe('body-reset')
  expect(call.body()).toBe(TEXT)
})

test('a reset waits for a reader that has paused, so that nothing decodable is lost', async () => {
  const closed = Promise.withResolvers<void>()
  const events = 'data: 1\n\n'.repeat(5_000)
  const call = await decoded(
    'gzip',
    (socket) => {
      socket.once('close', () => closed.resolve())
      socket.write(chunkedHead())
      socket.write(chunk(openGzip(events)), () => socket.resetAndDestroy())
    },
    (line) => {
      if (line.startsWith('chunk')) call.call.pause()
    },
  )
  await call.until('chunk')
  await closed.promise
  for (let i = 0; i < 20; i++) await nextTurn()
  expect(call.lines.map((line) => line.split(' ')[0])).toEqual(['connected', 'head', 'chunk'])
  expect(call.bodyBytes()).toBeLessThan(events.length)
  while (!call.lines.at(-1)?.startsWith('fault')) {
    call.call.resume()
    await nextTurn()
  }
  expect((await call.over)?.kind).toBe('body-reset')
  expect(call.body()).toBe(events)
})

const BOMB_BYTES = 32 * 1024 * 1024

test.each([
  ['gzip', zlib.gzipSync],
  ['br', zlib.brotliCompressSync],
  ['zstd', zlib.zstdCompressSync],
])('a decompression bomb of %s does not run ahead of pause()', async (coding, encode) => {
  const bomb = encode(Buffer.alloc(BOMB_BYTES))
  let wanted = false
  const call = await decoded(coding, answerWith(bomb), (line) => {
    if (line.startsWith('chunk') && !wanted) call.call.pause()
  })
  await call.until('chunk')
  // Each goes through the thread pool behind what the decoder has there: an unbounded one would get on with every turn.
  for (let i = 0; i < 100; i++) await promisify(zlib.deflate)('x')
  const before = call.bodyBytes()
  expect(call.lines).toHaveLength(3)
  // What was decoded ahead comes out in this turn; more of it would take the thread pool, and so another turn.
  wanted = true
  call.call.resume()
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => process.nextTick(resolve))
  const ahead = call.bodyBytes() - before
  expect(ahead).toBeGreaterThan(0)
  expect(ahead).toBeLessThanOrEqual(64 * 1024)
  await call.over
  expect(call.bodyBytes()).toBe(BOMB_BYTES)
})

test('a large coded body comes whole through pauses and resumes', async () => {
  const large = randomBytes(3_000_000)
  const call = await decoded(
    'gzip, br',
    answerWith(
      zlib.brotliCompressSync(zlib.gzipSync(large), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
      30_000,
    ),
    (line) => {
      if (!line.startsWith('chunk')) return
      call.call.pause()
      setImmediate(() => call.call.resume())
    },
  )
  expect(await call.over).toBeUndefined()
  expect(call.bodyBytes()).toBe(large.byteLength)
})

test('abort() from within a decoded chunk is the last that is reported', async () => {
  const call = await decoded('gzip', answerWith(zlib.gzipSync(Buffer.alloc(1_000_000)), 100), (line) => {
    if (line.startsWith('chunk')) call.call.abort()
  })
  await call.until('chunk')
  await nextTurn()
  expect(call.lines).toHaveLength(3)
})
