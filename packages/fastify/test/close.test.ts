import { once } from 'node:events'
import { connect } from 'node:net'
import { applyServerPreset, observeListener } from '@stopbit/server-presets'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stopbit } from '../src/index.ts'
import { REQUEST, createApp, answering, send, portOf } from './app.ts'
import { chunk, connectRaw, ENDING, OPENING, startRawUpstream, STREAM_HEAD } from './sockets.ts'

test('a client that leaves is gone at the upstream within a second', { timeout: 3_000 }, async () => {
  const closed = Promise.withResolvers<void>()
  const url = await startRawUpstream(async ({ socket, until }) => {
    socket.once('close', () => closed.resolve())
    await until(/\r\n\r\n/)
    socket.write(STREAM_HEAD + chunk(OPENING))
  })
  const { app } = createApp()
  app.register(stopbit, { upstream: { url } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = await connectRaw(portOf(app))
  client.socket.write(`POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: ${REQUEST.length}\r\n\r\n${REQUEST}`)
  await client.until(/Hello/)
  const leftAt = performance.now()
  client.socket.resetAndDestroy()
  await closed.promise
  expect(performance.now() - leftAt).toBeLessThan(1_000)
})

describe('fastify.close()', () => {
  test('lets a stream end by itself, and does not wait for its kept-alive connection', async () => {
    const mayEnd = Promise.withResolvers<void>()
    const url = await startRawUpstream(async ({ socket, until }) => {
      await until(/\r\n\r\n/)
      socket.write(STREAM_HEAD + chunk(OPENING))
      await mayEnd.promise
      socket.write(`${chunk(ENDING)}0\r\n\r\n`)
    })
    const { app } = createApp()
    app.register(stopbit, { upstream: { url } })
    const response = await send(app, '/v1/messages')
    const closed = app.close()
    mayEnd.resolve()
    expect(await response.text()).toBe(OPENING + ENDING)
    await closed
  })

  test.each([
    ['at its deadline', {}],
    ['even if Fastify would not wait so long', { pluginTimeout: 50 }],
  ])('ends a stream with an error of its dialect %s, and closes no socket raw', async (_name, options) => {
    const { url } = await answering(STREAM_HEAD + chunk(OPENING), 'stay')
    const { app } = createApp(options)
    app.register(stopbit, { upstream: { url }, drainDeadlineMs: 200 })
    const response = await send(app, '/v1/messages')
    const startedAt = performance.now()
    const closed = app.close()
    expect(await response.text()).toMatch(/Hello[\s\S]*event: error\ndata: .*\n\n$/)
    await closed
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  test('closes an idle connection with FIN, and counts the request that came just then', async () => {
    const url = await startRawUpstream(async ({ socket, until }) => {
      await until(/\r\n\r\n/)
      socket.end(STREAM_HEAD + chunk(OPENING + ENDING) + '0\r\n\r\n')
    })
    const { app, log } = createApp()
    applyServerPreset(app.server, 'nginx')
    const counters = observeListener(app.server)
    app.register(stopbit, { upstream: { url } })
    await app.listen({ port: 0, host: '127.0.0.1' })
    expect(app.server.keepAliveTimeout).toBe(75_000)
    const socket = connect({ port: portOf(app), host: '127.0.0.1', allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    const request = `POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: ${REQUEST.length}\r\n\r\n${REQUEST}`
    socket.write(request)
    let received = ''
    socket.on('data', (data: Buffer) => (received += data.toString()))
    await expect.poll(() => received, { timeout: 5_000 }).toMatch(/\r\n0\r\n\r\n$/)
    const closed = app.close()
    await once(socket, 'end')
    socket.write(request)
    await closed
    expect(counters).toMatchObject({ requests: 1, racedRequests: 1, idleClosed: 0 })
    expect(log.filter(({ msg }) => msg === 'exchange')).toHaveLength(1)
  })

  test('lets go of clients that do not finish their upload', { timeout: 8_000 }, async () => {
    const { app } = createApp()
    const upstream = { url: new URL('http://127.0.0.1:1') }
    app.register(stopbit, { upstream, drainDeadlineMs: 10, exchange: { uploadStallMs: 50 } })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const client = await connectRaw(portOf(app))
    client.socket.write('POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{')
    expect(await client.until(/"error"/)).toMatch(/^HTTP\/1\.1 408 /)
    await app.close()
  })

  test('lets go of a client that does not even read its error', { timeout: 8_000 }, async () => {
    const url = await startRawUpstream(async ({ socket, until }) => {
      await until(/\r\n\r\n/)
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n')
      const goOn = (): void => void socket.write('x'.repeat(1024 * 1024), () => setImmediate(goOn))
      goOn()
    })
    const { app } = createApp()
    const isFull = Promise.withResolvers<void>()
    app.addHook('onRequest', async (_request, { raw }) => {
      const write = raw.write.bind(raw) as (bytes: Uint8Array) => boolean
      raw.write = ((bytes: Uint8Array) => {
        const keepsUp = write(bytes)
        if (!keepsUp && raw.writableNeedDrain) isFull.resolve()
        return keepsUp
      }) as typeof raw.write
    })
    app.register(stopbit, { upstream: { url }, drainDeadlineMs: 10 })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const client = await connectRaw(portOf(app))
    client.socket.pause()
    client.socket.write('GET /v1/files/f/content HTTP/1.1\r\nhost: a\r\n\r\n')
    await isFull.promise
    await app.close()
  })
})
