import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { certificates } from './certificates.ts'
import { listen, OK, REQUEST, startPool, startUpstream } from './http-upstream.ts'
import { record, type Recorder } from './recorder.ts'

test('a name that does not exist is a dns fault', async () => {
  const { events, over } = record()
  startPool('http://no-such-host.invalid').dispatch(REQUEST, events)
  expect(await over).toMatchObject({ kind: 'dns', facts: { connected: false, requestSent: false } })
})

test('a port where nobody listens is refused', async () => {
  const upstream = await startUpstream(() => undefined)
  upstream.stop()
  const { events, over } = record()
  const pool = startPool(`http://127.0.0.1:${upstream.port}`)
  pool.dispatch(REQUEST, events)
  expect(await over).toMatchObject({ kind: 'refused', facts: { connected: false, secure: false } })
  expect(pool.counters.connectionFailures).toBe(1)
})

test('every address of a name is tried, and one that answers is enough', async () => {
  // `localhost` may be ::1 first; this server is on 127.0.0.1 alone.
  const upstream = await startUpstream((socket) => socket.write(OK))
  const { events, over } = record()
  startPool(`http://localhost:${upstream.port}`).dispatch(REQUEST, events)
  expect(await over).toBeUndefined()
})

test('a server that takes the connection and never shakes hands is a connect timeout after connectTimeoutMs', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined))
  onTestFinished(() => void silent.close())
  const { events, over } = record()
  startPool(`https://127.0.0.1:${await listen(silent)}`, { connectTimeoutMs: 50 }).dispatch(REQUEST, events)
  expect(await over).toMatchObject({ kind: 'connect-timeout', facts: { connected: false, secure: true } })
})

test('a server that closes or resets during the TLS handshake is a tls-handshake fault, and is not tried for ever', async () => {
  for (const close of ['destroy', 'resetAndDestroy'] as const) {
    let accepted = 0
    const server = createServer((socket) => {
      accepted++
      socket.on('error', () => undefined)
      socket.once('data', () => socket[close]())
    })
    onTestFinished(() => void server.close())
    const { events, over } = record()
    startPool(`https://127.0.0.1:${await listen(server)}`).dispatch(REQUEST, events)
    expect(await over).toMatchObject({ kind: 'tls-handshake', facts: { connected: false } })
    expect(accepted).toBe(1)
  }
})

test('a certificate is trusted by the authorities of `ca`, and only then, and for its names alone', async () => {
  const { ca, server, wrongName } = await certificates()
  const upstream = await startUpstream((socket) => socket.write(OK), server)
  const other = await startUpstream((socket) => socket.write(OK), wrongName)
  const ask = (port: number, options: { readonly ca?: string }): Recorder => {
    const call = record()
    startPool(`https://localhost:${port}`, options).dispatch(REQUEST, call.events)
    return call
  }
  expect(await ask(upstream.port, { ca }).over).toBeUndefined()
  expect(await ask(upstream.port, {}).over).toMatchObject({ kind: 'tls-trust', facts: { connected: false } })
  expect(await ask(other.port, { ca }).over).toMatchObject({ kind: 'tls-trust', facts: { connected: false } })
  expect(upstream.requests).toHaveLength(1)
  expect(other.requests).toHaveLength(0)
})

test('TLS is verified even where the environment says otherwise', async () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
  })
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  const { server } = await certificates()
  const upstream = await startUpstream((socket) => socket.write(OK), server)
  const { events, over } = record()
  startPool(`https://localhost:${upstream.port}`).dispatch(REQUEST, events)
  expect((await over)?.kind).toBe('tls-trust')
})
