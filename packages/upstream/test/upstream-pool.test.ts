import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { TransportFacts } from '@stopbit/faults'
import { expect, onTestFinished, test } from 'vitest'
import { createUpstreamPool, type UpstreamEvents, type UpstreamPool } from '../src/index.ts'

const OK = 'HTTP/1.1 200 OK\r\nX-Twice: a\r\nx-twice: b\r\ncontent-length: 2\r\n\r\nok'
const REQUEST = { method: 'POST', path: '/', headers: ['x-a', '1'], body: Buffer.from('{}') }

async function startPool(onRequest: (socket: Socket, count: number) => unknown): Promise<UpstreamPool> {
  let count = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    // The head and the body may come apart; the body of every request here ends in this.
    socket.on('data', (data) => data.toString().endsWith('{}') && onRequest(socket, ++count))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const pool = createUpstreamPool({ url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) })
  onTestFinished(async () => {
    await pool.destroy()
    server.close()
  })
  return pool
}

/** What a call reported, as lines, and the end of it. */
function record(): { events: UpstreamEvents; lines: string[]; over: Promise<TransportFacts | undefined> } {
  const lines: string[] = []
  const over = Promise.withResolvers<TransportFacts | undefined>()
  const events: UpstreamEvents = {
    upstreamConnected: (reused) => lines.push(`connected ${reused}`),
    upstreamHead: (status, headers) => lines.push(`head ${status} ${headers.join(' ')}`),
    upstreamChunk: (bytes) => lines.push(`chunk ${Buffer.from(bytes).toString()}`),
    upstreamEnd: () => {
      lines.push('end')
      over.resolve(undefined)
    },
    upstreamFault: (error, facts) => {
      lines.push(`fault ${(error as { code?: string }).code}`)
      over.resolve(facts)
    },
  }
  return { events, lines, over: over.promise }
}

/** undici offers a connection again in the turn after its response. */
async function nextTurn(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('a call reports its connection, its head as it came, its body and its end; the next one reuses the connection', async () => {
  const pool = await startPool((socket) => socket.write(OK))
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  expect(first.lines).toEqual(['connected false', 'head 200 X-Twice a x-twice b content-length 2', 'chunk ok', 'end'])
  await nextTurn()
  const second = record()
  pool.dispatch(REQUEST, second.events)
  await second.over
  expect(second.lines[0]).toBe('connected true')
})

test('a reset on a reused connection comes with the facts that make it the idle-close race', async () => {
  const pool = await startPool((socket, count) => (count === 1 ? socket.write(OK) : socket.resetAndDestroy()))
  const first = record()
  pool.dispatch(REQUEST, first.events)
  await first.over
  await nextTurn()
  const second = record()
  pool.dispatch(REQUEST, second.events)
  expect(await second.over).toEqual({
    connected: true,
    secure: false,
    requestSent: true,
    reused: true,
    sinceSentMs: expect.any(Number),
    responseStarted: false,
    headersReceived: false,
  })
})

test('interim heads are not reported', async () => {
  const pool = await startPool((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}`))
  const { events, lines, over } = record()
  pool.dispatch(REQUEST, events)
  await over
  expect(lines.filter((line) => line.startsWith('head'))).toHaveLength(1)
})

test('abort() closes the connection and ends all reports, also before there is a connection', async () => {
  const closed = Promise.withResolvers<void>()
  const pool = await startPool((socket) => {
    socket.once('close', () => closed.resolve())
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
  })
  const half = Promise.withResolvers<void>()
  const { events, lines } = record()
  const call = pool.dispatch(REQUEST, { ...events, upstreamChunk: () => half.resolve() })
  await half.promise
  call.abort()
  await closed.promise
  expect(lines).toEqual(['connected false', 'head 200 content-length 100'])

  const early = record()
  pool.dispatch(REQUEST, early.events).abort()
  const after = record()
  pool.dispatch({ ...REQUEST, path: '/after' }, { ...after.events, upstreamChunk: () => after.events.upstreamEnd() })
  await after.over
  expect(early.lines).toEqual([])
})

test('pause() holds the body back, resume() lets it go on', async () => {
  const paused = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const pool = await startPool(async (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab')
    await paused.promise
    socket.write('cd', () => written.resolve())
  })
  const { events, lines, over } = record()
  const call = pool.dispatch(REQUEST, {
    ...events,
    upstreamChunk: (bytes) => {
      events.upstreamChunk(bytes)
      if (lines.length === 3) call.pause()
      paused.resolve()
    },
  })
  await written.promise
  await nextTurn()
  expect(lines.slice(2)).toEqual(['chunk ab'])
  call.resume()
  await over
  expect(lines.slice(2)).toEqual(['chunk ab', 'chunk cd', 'end'])
})

test('a request that cannot be sent is a fault, not a throw', async () => {
  const pool = await startPool(() => expect.unreachable('it was sent'))
  const { events, over } = record()
  pool.dispatch({ ...REQUEST, path: '/with space' }, events)
  expect(await over).toMatchObject({ connected: false, headersReceived: false })
})

test('a URL that is not http or https is refused', () => {
  expect(() => createUpstreamPool({ url: new URL('ftp://x') })).toThrow(
    'Cannot use upstream URL: must be http: or https:, got "ftp:"',
  )
})
