import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  createFetchTransport,
  type FetchCall,
  type FetchTransport,
  type UpstreamEvents,
} from '../../src/fetch/index.ts'
import { record } from '../recorder.ts'
import { chunk, failOnUnhandledRejections, GET, HEAD, transportTo } from './start-transport.ts'

failOnUnhandledRejections()

describe('codings', () => {
  const text = `data: ${'x'.repeat(500)}\n\n`
  const CODED = {
    gzip: gzipSync(text),
    'x-gzip': gzipSync(text),
    deflate: deflateSync(text),
    'deflate ': deflateRawSync(text), // as some send it
    br: brotliCompressSync(text),
    'gzip, br': brotliCompressSync(gzipSync(text)),
  }

  /** A fetch that leaves the coding to us, as Deno's does where `accept-encoding` is set. */
  function leaving(
    coding: string,
    pieces: readonly Uint8Array[],
    type = 'text/event-stream',
    error?: Error,
  ): FetchTransport {
    const rest = [...pieces]
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = rest.shift()
        if (piece !== undefined) controller.enqueue(new Uint8Array(piece))
        else if (error === undefined) controller.close()
        else controller.error(error)
      },
    })
    const headers = { 'content-encoding': coding, 'content-length': '77', 'content-type': type }
    return createFetchTransport({
      url: new URL('http://api.example'),
      fetch: () => Promise.resolve(new Response(body, { headers })),
    })
  }

  function decode(transport: FetchTransport, coding: string): ReturnType<typeof record> {
    const recorder = record()
    const events: UpstreamEvents = {
      ...recorder.events,
      upstreamHead: (status, headers) => {
        recorder.events.upstreamHead(status, headers)
        if (headers.includes('content-encoding')) expect(call.decode(coding)).toBe(true)
      },
    }
    const call: FetchCall = transport.dispatch(GET, events)
    return recorder
  }

  test.each(Object.entries(CODED))(
    '%s that is left coded keeps its head, and is decoded on demand',
    async (coding, bytes) => {
      const plain = record()
      leaving(coding, [bytes]).dispatch(GET, plain.events)
      await plain.over
      expect(plain.headers).toContain('content-encoding')
      expect(plain.headers).toContain('content-length')
      expect(plain.bodyBytes()).toBe(bytes.byteLength)

      const decoded = decode(
        leaving(
          coding,
          [...bytes].map((byte) => Uint8Array.of(byte)),
        ),
        coding,
      )
      expect(await decoded.over).toBeUndefined()
      expect(decoded.body()).toBe(text)
    },
  )

  test('a body that is cut or corrupt within its coding is a fault of kind decode', async () => {
    for (const bytes of [
      CODED.gzip.subarray(0, -9),
      Buffer.concat([CODED.gzip.subarray(0, 20), Buffer.alloc(40, 7)]),
    ]) {
      const { over } = decode(leaving('gzip', [bytes]), 'gzip')
      expect(await over).toMatchObject({ kind: 'decode', facts: { headersReceived: true } })
    }
  })

  test('a transport that fails comes behind what could be decoded, as its own fault', async () => {
    const cut = deflateSync(Buffer.from(text.repeat(50)), { finishFlush: 2 }) // all of it comes out, and the end is missing
    const error = new Error('lost')
    const { over, body } = decode(leaving('deflate', [cut], 'text/event-stream', error), 'deflate')
    expect(await over).toMatchObject({ kind: 'body-reset', error })
    expect(body()).toBe(text.repeat(50))
  })

  test('what the runtime has decoded comes with a head that fits it', async () => {
    for (const [coding, bytes] of Object.entries(CODED)) {
      const transport = await transportTo((socket) => {
        socket.write(HEAD.replace('\r\n\r\n', `\r\ncontent-encoding: ${coding.trim()}\r\n\r\n`))
        socket.write(Buffer.concat([chunk(bytes), Buffer.from('0\r\n\r\n')]))
      })
      const { events, headers, body, over } = record()
      transport.dispatch({ ...GET, headers: ['accept-encoding', 'identity'] }, events)
      expect(await over).toBeUndefined()
      expect(body()).toBe(text)
      expect(headers).not.toContain('content-encoding')
      expect(headers).not.toContain('transfer-encoding')
    }
  })

  test('decode() refuses what cannot be decoded here, and what comes too late', async () => {
    const recorder = record()
    const answers: boolean[] = []
    const call: FetchCall = leaving('x-made-up', [Buffer.from('?')]).dispatch(GET, {
      ...recorder.events,
      upstreamHead: () => answers.push(call.decode('x-made-up'), call.decode('gzip, x-made-up'), call.decode('')),
    })
    expect(call.decode('gzip')).toBe(false)
    await recorder.over
    expect(call.decode('gzip')).toBe(false)
    expect(answers).toEqual([false, false, false])
    expect(recorder.body()).toBe('?')
  })

  test('an empty body, and one that fails before its first byte, have their head all the same', async () => {
    const empty = record()
    leaving('gzip', []).dispatch(GET, empty.events)
    expect(await empty.over).toBeUndefined()
    expect(empty.lines).toEqual(['connected undefined', 'head 200', 'end'])
    const failed = record()
    leaving('gzip', [], 'text/plain', new Error('lost')).dispatch(GET, failed.events)
    expect(await failed.over).toMatchObject({ kind: 'body-reset' })
    expect(failed.lines).toContain('head 200')
  })

  test('zstd, which Node decodes itself, is never mistaken', async () => {
    const plain = record()
    leaving('zstd', [zstdCompressSync(text)]).dispatch(GET, plain.events)
    await plain.over
    expect(plain.headers).toContain('content-encoding')
  })
})
