import { once } from 'node:events'
import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { chunk, EVENTS, LAST_CHUNK, startRawUpstream, STREAM_HEAD } from '../raw-upstream.ts'
import { MESSAGES_REQUEST } from '../test-gateway.ts'
import { runCommand, startGatewayProcess } from './gateway-process.ts'

/** GET with any header, which `fetch` would not send. */
async function get(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const [response] = (await once(request(url, { headers, method, agent: false }).end(), 'response')) as [
    Parameters<typeof text>[0] & { statusCode: number },
  ]
  return { status: response.statusCode, body: await text(response) }
}

/** An upstream that cuts every second stream, and ends the others; `wait` holds the first stream open. */
function startUpstream(wait?: Promise<void>) {
  return startRawUpstream(async ({ socket, readRequest, count }) => {
    await readRequest()
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
    if (count === 1) await wait
    if (count % 2 === 0) socket.resetAndDestroy()
    else socket.end(Buffer.concat([chunk(EVENTS.slice(4).join('')), Buffer.from(LAST_CHUNK)]))
  })
}

test('/metrics counts what was relayed, and /healthz and /readyz say that the gateway runs', async () => {
  const upstream = await startUpstream()
  const gateway = await startGatewayProcess(upstream.url, { commit: 'headers', retry: 'never' })
  for (let i = 0; i < 4; i++) await (await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)).text()
  await gateway.logged(({ msg }) => msg === 'exchange', 4)
  expect(await get(`${gateway.admin}healthz`)).toEqual({ status: 200, body: 'ok\n' })
  expect(await get(`${gateway.admin}readyz?any`)).toEqual({ status: 200, body: 'ready\n' })
  const { body } = await get(`${gateway.admin}metrics`)
  expect(body).toContain('stopbit_exchanges_total{ending="completed"} 2')
  expect(body).toContain('stopbit_exchanges_total{ending="error"} 2')
  expect(body).toContain(
    'stopbit_faults_total{kind="body-reset",phase="body",dialect="anthropic-messages",sse="true"} 2',
  )
  expect(body).toContain('stopbit_exchange_duration_seconds_count{dialect="anthropic-messages",ending="error"} 2')
  expect(body).toContain('stopbit_exchanges_live 0')
  expect(body).toMatch(/stopbit_listener_total\{event="connections"\} [1-4]\n/)
  expect(body).toMatch(/stopbit_pool_total\{event="connectionsOpened"\} [1-4]\n/)
  expect(body).toContain('stopbit_pool_total{event="requestsSent"} 4')
  expect(body).toContain('stopbit_pool_total{event="refusedRetries"} 0')
  expect(body).toContain('stopbit_retries_total{reason="stale"} 0')
  expect(body).toMatch(/stopbit_pool\{state="open"\} \d\n/)
  expect(body).not.toContain('stopbit_pool_total{event="open"}')
  expect(await get(`${gateway.admin}metrics`, {}, 'HEAD')).toEqual({ status: 200, body: '' })
  expect(await gateway.stop()).toBe(0)
})

test('/readyz is 503 while the gateway drains, and the streams under way are counted as live', async () => {
  const goOn = Promise.withResolvers<void>()
  const upstream = await startUpstream(goOn.promise)
  const gateway = await startGatewayProcess(upstream.url, { commit: 'headers', drainDeadlineMs: '8000' })
  const response = await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)
  const { body } = await get(`${gateway.admin}metrics`)
  expect(body).toContain('stopbit_exchanges_live 1')
  expect(body).toContain('stopbit_ready 1')
  const exit = gateway.stop()
  await gateway.logged(({ msg }) => msg === 'stopping')
  expect(await get(`${gateway.admin}readyz`)).toEqual({ status: 503, body: 'draining\n' })
  expect(await get(`${gateway.admin}healthz`)).toMatchObject({ status: 200 })
  goOn.resolve()
  expect(await response.text()).toContain('message_stop')
  expect(await exit).toBe(0)
})

test('a foreign Host, a foreign Origin and a cross-site request are refused on the admin port', async () => {
  const gateway = await startGatewayProcess('http://127.0.0.1:1')
  for (const path of ['', 'status.json', 'metrics', 'healthz', 'readyz']) {
    const status = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await get(`${gateway.admin}${path}`, headers)).status
    expect(await status({ host: 'evil.example' })).toBe(421)
    expect(await status({ origin: 'https://evil.example' })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await status({})).toBe(200)
  }
})

test('the admin port answers nothing but GET and HEAD of its paths', async () => {
  const gateway = await startGatewayProcess('http://127.0.0.1:1')
  expect((await get(`${gateway.admin}nothing`)).status).toBe(404)
  expect((await get(`${gateway.admin}constructor`)).status).toBe(404)
  expect((await get(`${gateway.admin}metrics`, {}, 'POST')).status).toBe(405)
})

test('adminPort "off" opens no port', async () => {
  const gateway = await startGatewayProcess('http://127.0.0.1:1', { adminPort: 'off' })
  expect(gateway.admin).toBeUndefined()
})

test('a retry is counted by its reason, on /metrics and on the status page alike', async () => {
  const upstream = await startRawUpstream(async ({ socket, readRequest, count }) => {
    await readRequest()
    if (count === 1) return void socket.resetAndDestroy()
    socket.write(STREAM_HEAD + chunk(EVENTS.join('')).toString() + LAST_CHUNK)
  })
  const gateway = await startGatewayProcess(upstream.url, { retryBackoffMs: '5' })
  await (await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)).text()
  const { body } = await get(`${gateway.admin}metrics`)
  expect(body).toContain('stopbit_retries_total{reason="replay"} 1')
  expect(JSON.parse((await get(`${gateway.admin}status.json`)).body)).toMatchObject({
    pool: { opened: 2, reused: 0, retries: { unsent: 0, stale: 0, replay: 1 }, refusedRetries: 0 },
  })
})

test('an admin port that is taken is an error if it was asked for', async () => {
  const port = await takenPort()
  const { code, errors } = await runCommand([
    'gateway',
    '--upstream',
    'http://127.0.0.1:1',
    '--port',
    '0',
    '--admin-port',
    String(port),
  ])
  expect({ code, errors }).toMatchObject({ code: 1, errors: expect.stringContaining('EADDRINUSE') })
})

test('if the port after the gateway’s own is taken, the admin port is another one', async () => {
  const port = await takenPort()
  const gateway = await startGatewayProcess('http://127.0.0.1:1', { listenPort: String(port - 1) })
  expect(gateway.admin).not.toBe(`http://127.0.0.1:${port}/`)
  expect((await get(`${gateway.admin}healthz`)).status).toBe(200)
  expect(gateway.log.map(({ msg }) => msg)).toEqual(['listening']) // nobody asked for it, so nobody hears of it
})

/** A port that another program has, with a free one before it. */
async function takenPort(): Promise<number> {
  for (let i = 0; i < 20; i++) {
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const before = createServer().listen(port - 1, '127.0.0.1')
    const isFree = await once(before, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    before.close()
    await once(before, 'close')
    return port
  }
  throw new Error('There are no two free ports side by side')
}
