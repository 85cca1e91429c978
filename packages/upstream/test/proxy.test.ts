import { expect, onTestFinished, test } from 'vitest'
import { createUpstreamPool, type UpstreamPoolOptions } from '../src/index.ts'
import { certificates } from './certificates.ts'
import { startProxy } from './connect-proxy.ts'
import { OK, REQUEST, startBoth, startPool, startUpstream } from './http-upstream.ts'
import { nextTurn, record, type Recorder } from './recorder.ts'

const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'] as const

/** The environment has these variables and no other of a proxy's, until the test ends. */
function setEnvironment(values: Partial<Record<(typeof VARIABLES)[number], string>>): void {
  const before = VARIABLES.map((name) => [name, process.env[name]] as const)
  onTestFinished(() => before.forEach(([name, value]) => setVariable(name, value)))
  for (const name of VARIABLES) setVariable(name, values[name])
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}

/** One call over a pool of its own. */
function ask(url: string, options: Partial<UpstreamPoolOptions>): Recorder {
  const pool = createUpstreamPool({ url: new URL(url), ...options })
  onTestFinished(() => pool.destroy())
  const recorder = record()
  pool.dispatch(REQUEST, recorder.events)
  return recorder
}

test('a proxy URL is taken for https and http upstreams, by a tunnel, with its credentials, even to loopback', async () => {
  const { ca, server } = await certificates()
  const secure = await startUpstream((socket) => socket.write(OK), server)
  const plain = await startUpstream((socket) => socket.write(OK))
  for (const [upstream, scheme] of [
    [secure, 'https'],
    [plain, 'http'],
  ] as const) {
    const proxy = await startProxy({ does: 'tunnel', toPort: upstream.port })
    const url = `${scheme}://localhost:${upstream.port}`
    const call = ask(url, { ca, proxy: proxy.url.replace('//', '//user:secret@') })
    expect(await call.over).toBeUndefined()
    expect(call.body()).toBe('ok')
    expect(proxy.asked).toEqual([
      { target: `localhost:${upstream.port}`, authorization: `Basic ${Buffer.from('user:secret').toString('base64')}` },
    ])
    expect(upstream.requests[0]?.head).toMatch(/^POST \/ HTTP\/1\.1\r\n/)
    expect(upstream.requests[0]?.head).not.toMatch(/proxy|secret/i)
  }
})

test('a tunnel is kept alive and used again; repeated request headers survive it', async () => {
  const { ca, server } = await certificates()
  const upstream = await startUpstream((socket) => socket.write(OK), server)
  const proxy = await startProxy({ does: 'tunnel', toPort: upstream.port })
  const pool = startPool(`https://localhost:${upstream.port}`, { ca, proxy: proxy.url })
  for (const line of ['connected false', 'connected true']) {
    const { events, over, lines } = record()
    const fields = ['X-Twice', 'a', 'content-type', 'application/json', 'X-Twice', 'b', 'content-length', '2']
    pool.dispatch({ ...REQUEST, headers: fields }, events)
    expect(await over).toBeUndefined()
    expect(lines[0]).toBe(line)
    await nextTurn()
  }
  expect(proxy.asked).toHaveLength(1)
  expect(upstream.requests[1]?.head).toContain('X-Twice: a\r\nX-Twice: b\r\ncontent-type: application/json')
  expect(pool.counters).toMatchObject({ connectionsOpened: 1, requestsSent: 2, requestsOnReused: 1, open: 1 })
})

test('a request that carries credentials for a proxy is a fault and no throw', async () => {
  const proxy = await startProxy({ does: 'nothing' })
  const pool = startPool('https://api.test', { proxy: proxy.url })
  const { events, over } = record()
  pool.dispatch({ ...REQUEST, headers: ['proxy-authorization', 'x'] }, events)
  expect((await over)?.facts.connected).toBe(false)
  expect(proxy.asked).toEqual([])
})

test.each([403, 407, 502])('a proxy that answers CONNECT with %i is a fault of the set-up', async (status) => {
  const proxy = await startProxy({ does: 'answer', status })
  for (const url of ['https://api.test', 'http://api.test']) {
    const call = ask(url, { proxy: proxy.url })
    const fault = await call.over
    expect(fault?.error).toMatchObject({ code: 'STOPBIT_PROXY_FAILED' })
    expect(fault?.facts).toMatchObject({ connected: false, requestSent: false, headersReceived: false })
    expect(call.lines).toHaveLength(1)
  }
})

test('a proxy that closes the connection, is not there, or never answers is a fault of the set-up', async () => {
  const closing = await startProxy({ does: 'close' })
  expect(await ask('https://api.test', { proxy: closing.url }).over).toMatchObject({
    facts: { connected: false },
    error: { code: 'STOPBIT_PROXY_FAILED' },
  })
  const gone = await startUpstream(() => undefined)
  gone.stop()
  expect(await ask('https://api.test', { proxy: `http://127.0.0.1:${gone.port}` }).over).toMatchObject({
    kind: 'refused',
    facts: { connected: false },
  })
  const silent = await startProxy({ does: 'nothing' })
  expect(await ask('https://api.test', { proxy: silent.url, connectTimeoutMs: 100 }).over).toMatchObject({
    kind: 'connect-timeout',
    facts: { connected: false },
  })
})

test('TLS is verified through a tunnel', async () => {
  const { server } = await certificates()
  const upstream = await startUpstream((socket) => socket.write(OK), server)
  const proxy = await startProxy({ does: 'tunnel', toPort: upstream.port })
  expect((await ask('https://api.test', { proxy: proxy.url }).over)?.kind).toBe('tls-trust')
  expect(upstream.requests).toEqual([])
})

test.each(['HTTPS_PROXY', 'https_proxy'] as const)('%s is taken for an https upstream', async (name) => {
  const { ca, server } = await certificates()
  const upstream = await startUpstream((socket) => socket.write(OK), server)
  const proxy = await startProxy({ does: 'tunnel', toPort: upstream.port })
  setEnvironment({ [name]: proxy.url })
  expect(await ask('https://api.test', { ca }).over).toBeUndefined()
  expect(proxy.asked[0]?.target).toBe('api.test:443')
})

test.each(['HTTP_PROXY', 'http_proxy'] as const)('%s is taken for an http upstream', async (name) => {
  const upstream = await startUpstream((socket) => socket.write(OK))
  const proxy = await startProxy({ does: 'tunnel', toPort: upstream.port })
  setEnvironment({ [name]: proxy.url })
  expect(await ask('http://api.test', { proxy: 'environment' }).over).toBeUndefined()
  expect(proxy.asked[0]?.target).toBe('api.test:80')
})

test.each(['NO_PROXY', 'no_proxy'] as const)('what %s names is reached without a proxy', async (name) => {
  const proxy = await startProxy({ does: 'answer', status: 502 })
  setEnvironment({ HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, [name]: 'other.test,.invalid' })
  expect((await ask('http://no-such-host.invalid', {}).over)?.kind).toBe('dns')
  expect(proxy.asked).toEqual([])
})

test('a loopback upstream is not sent to a proxy of the environment', async () => {
  const proxy = await startProxy({ does: 'answer', status: 502 })
  setEnvironment({ HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url })
  const { upstream } = await startBoth((socket) => socket.write(OK))
  for (const host of ['127.0.0.1', 'localhost']) {
    expect(await ask(`http://${host}:${upstream.port}`, {}).over).toBeUndefined()
  }
  expect(proxy.asked).toEqual([])
})

test('a name that begins like a loopback address is sent to the proxy', async () => {
  const proxy = await startProxy({ does: 'answer', status: 502 })
  setEnvironment({ HTTP_PROXY: proxy.url })
  expect((await ask('http://127.evil.test', {}).over)?.error).toMatchObject({ code: 'STOPBIT_PROXY_FAILED' })
  expect(proxy.asked[0]?.target).toBe('127.evil.test:80')
})

test('"none" takes no proxy', async () => {
  const proxy = await startProxy({ does: 'answer', status: 502 })
  setEnvironment({ HTTP_PROXY: proxy.url })
  expect((await ask('http://no-such-host.invalid', { proxy: 'none' }).over)?.kind).toBe('dns')
  expect(proxy.asked).toEqual([])
})

test('destroy() ends a tunnel that is being made, and one that is in use', async () => {
  const silent = await startProxy({ does: 'nothing' })
  const making = startPool('https://api.test', { proxy: silent.url })
  const asking = record()
  making.dispatch(REQUEST, asking.events)
  while (silent.asked.length === 0) await nextTurn()
  await making.destroy()
  expect((await asking.over)?.facts.connected).toBe(false)

  const upstream = await startUpstream(() => undefined)
  const proxy = await startProxy({ does: 'tunnel', toPort: upstream.port })
  const using = startPool('http://api.test', { proxy: proxy.url })
  const used = record()
  using.dispatch(REQUEST, used.events)
  while (upstream.requests.length === 0) await nextTurn()
  await using.destroy()
  expect((await used.over)?.facts).toMatchObject({ connected: true, headersReceived: false })
  while (upstream.connections.open > 0) await nextTurn()
})
