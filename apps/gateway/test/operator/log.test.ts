import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { toLine } from '../../src/log/to-line.ts'
import { chunk, connectRaw, EVENTS, LAST_CHUNK, startRawUpstream, STREAM_HEAD } from '../raw-upstream.ts'
import { MESSAGES_REQUEST } from '../test-gateway.ts'
import { startGatewayProcess, type GatewayProcess, type LogEntry } from './gateway-process.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const WHOLE = Buffer.concat([Buffer.from(STREAM_HEAD), chunk(EVENTS.join('')), Buffer.from(LAST_CHUNK)])

async function ask({ url }: GatewayProcess): Promise<void> {
  await (await fetch(`${url}/v1/messages`, MESSAGES_REQUEST)).text()
}

const onSide =
  (side: string, connection: number) =>
  (entry: LogEntry): boolean =>
    entry['side'] === side && entry['connection'] === connection

describe('a verbose log says of each connection when it opened, was reused, was closed or reset, and by whom', () => {
  test('to the API', async () => {
    const upstream = await startRawUpstream(async ({ socket, readRequest, count }) => {
      await readRequest()
      socket.write(WHOLE)
      await readRequest()
      if (count === 1) return void socket.resetAndDestroy()
      if (count === 2) return void socket.end(WHOLE)
      socket.write(WHOLE)
    })
    const gateway = await startGatewayProcess(upstream.url, { verbose: 'yes', retry: 'never' })
    const closed = (connection: number): Promise<LogEntry> =>
      gateway.logged((entry) => onSide('upstream', connection)(entry) && /closed|reset/.test(entry.msg ?? ''))
    for (let i = 0; i < 2; i++) await ask(gateway) // the second is reset
    await closed(1)
    for (let i = 0; i < 2; i++) await ask(gateway) // after the second the API closes
    await closed(2)
    await ask(gateway)
    expect(await gateway.stop()).toBe(0)
    const words = (connection: number): unknown[] =>
      gateway.log.filter(onSide('upstream', connection)).map(({ msg }) => msg)
    expect(words(1)).toEqual(['connection opened', 'connection reused', 'connection reset by the API'])
    expect(words(2)).toEqual(['connection opened', 'connection reused', 'connection closed by the API'])
    expect(words(3)).toEqual(['connection opened', 'connection closed by us'])
    expect(await closed(1)).toMatchObject({ requests: 2, code: 'ECONNRESET', level: 20 })
  })

  test('that could not be opened', async () => {
    const gateway = await startGatewayProcess('http://127.0.0.1:1', { verbose: 'yes', retry: 'never' })
    await ask(gateway)
    expect(await gateway.logged(({ msg }) => msg === 'connection could not be opened')).toMatchObject({
      code: 'ECONNREFUSED',
    })
  })

  test('of clients', async () => {
    const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
      for (;;) {
        await readRequest()
        socket.write(WHOLE)
      }
    })
    const gateway = await startGatewayProcess(upstream.url, { verbose: 'yes', listenerKeepaliveMs: '100' })
    const port = Number(new URL(gateway.url).port)
    const idle = connect(port, '127.0.0.1')
    const request = 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n'
    idle.write(request)
    await once(idle, 'data')
    await gateway.logged(({ msg }) => msg === 'exchange')
    idle.write(request)
    await gateway.logged((entry) => onSide('downstream', 1)(entry) && entry.msg === 'connection reused')
    await gateway.logged(
      (entry) => onSide('downstream', 1)(entry) && entry.msg === 'connection closed by us, being idle',
    )
    idle.destroy()
    connectRaw(port).write('NONSENSE\r\n\r\n')
    const error = await gateway.logged((entry) => onSide('downstream', 2)(entry) && entry.msg === 'client error')
    expect(error).toMatchObject({ kind: 'malformed', status: 400 })
  })
})

test('without it the log has no line of a connection', async () => {
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.end(WHOLE)
  })
  const gateway = await startGatewayProcess(upstream.url)
  await ask(gateway)
  expect(await gateway.stop()).toBe(0)
  expect(gateway.log.map(({ msg }) => msg)).toEqual(['listening', 'exchange', 'stopping'])
})

test('a gateway whose log goes to a full disk answers all the same, and stops in time', async () => {
  const full = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(full))
  const args = [
    '--conditions=@stopbit/source',
    MAIN,
    'gateway',
    '--upstream',
    'http://127.0.0.1:1',
    '--port',
    '0',
    '--retry',
    'never',
  ]
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', full] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const [ready] = (await once(child.stdout as Readable, 'data')) as [Buffer]
  const url = `http://127.0.0.1:${/"port":(\d+)/.exec(ready.toString())?.[1]}/v1/models`
  for (let i = 0; i < 3; i++) {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    expect(status).toBe(502)
  }
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})

test('a gateway whose log nobody reads stops in time all the same', async () => {
  const args = ['--conditions=@stopbit/source', MAIN, 'gateway', '--upstream', 'http://127.0.0.1:1', '--port', '0']
  const child = spawn(process.execPath, [...args, '--retry', 'never', '--verbose'], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const [ready] = (await once(child.stdout, 'data')) as [Buffer]
  const url = `http://127.0.0.1:${/"port":(\d+)/.exec(ready.toString())?.[1]}/v1/models`
  // More than a pipe and both its ends hold.
  for (let i = 0; i < 60; i++) await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()))
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})

test('a silent API is warned of with the ids of the exchange, and when it will be cut', async () => {
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(
      STREAM_HEAD.replace('\r\n\r\n', '\r\ncf-ray: ray-1\r\nx-request-id: x-1\r\n\r\n') +
        chunk(EVENTS.slice(0, 4).join('')).toString(),
    )
  })
  const gateway = await startGatewayProcess(upstream.url, { stallWarnMs: '60', idleTimeoutMs: '400' })
  const headers = { ...MESSAGES_REQUEST.headers, 'x-client-request-id': 'client-1' }
  await (await fetch(`${gateway.url}/v1/messages`, { ...MESSAGES_REQUEST, headers })).text()
  const warning = await gateway.logged(({ msg }) => msg === 'upstream silent')
  const ids = { requestId: 'req_test', clientRequestId: 'client-1', xRequestId: 'x-1', cfRay: 'ray-1' }
  expect(warning).toMatchObject({ level: 40, ...ids, events: 4, cutInMs: expect.any(Number) })
  const exchange = await gateway.logged(({ msg }) => msg === 'exchange')
  expect(exchange).toMatchObject({ level: 40, id: warning['id'], ...ids, fault: { kind: 'body-timeout' } })
})

describe('on a terminal an entry is one line', () => {
  test('of an exchange', () => {
    const entry = {
      msg: 'exchange',
      level: 40,
      time: 1,
      id: 'req_stopbit_1',
      method: 'POST',
      path: '/v1/messages',
      model: 'claude',
      status: 200,
      ending: 'error',
      fault: { kind: 'body-reset', phase: 'body', code: 'ECONNRESET' },
      attempts: [{}, {}],
      durationMs: 1234.4,
      firstDataMs: 400,
      requestId: 'req_1',
    }
    expect(toLine(entry)).toBe(
      'POST /v1/messages · claude · 200 · error · body-reset in phase body (ECONNRESET) · 1234 ms · first data 400 ms · 2 attempts · req_stopbit_1 · request-id req_1',
    )
  })

  test('whatever a client has called its model', () => {
    const model = 'claude\u001b[2J\u001b]0;owned\u0007\n[12:00:00.000] ERROR: forged\u202e\u009b1A'
    const line = toLine({
      msg: 'exchange',
      method: 'POST',
      path: '/',
      model,
      ending: 'completed',
      attempts: [],
      id: 'a',
    })
    expect(line).toContain('claude\uFFFD[2J')
    expect(line).not.toMatch(/\p{C}/u)
  })

  test('of a silent API', () => {
    const entry = {
      msg: 'upstream silent',
      id: 'req_stopbit_1',
      cfRay: 'r',
      silentMs: 15_012,
      upstreamBytes: 856,
      events: 4,
      cutInMs: 224_988,
    }
    expect(toLine(entry)).toBe(
      'upstream silent for 15.0 s · 4 events, 856 bytes so far · cut in 225.0 s · req_stopbit_1 · cf-ray r',
    )
    expect(toLine({ ...entry, cutInMs: undefined })).toContain('nothing will cut it')
  })

  test('of anything else', () => {
    expect(toLine({ msg: 'listening', level: 30, time: 1, port: 4141, admin: undefined })).toBe('listening port=4141')
  })

  test('with its time and level, on stderr', () => {
    const module = new URL('../../src/log/create-log.ts', import.meta.url).href
    const code = `
      const { createLog } = await import(${JSON.stringify(module)})
      const { log, close } = await createLog({ verbose: false, terminal: true })
      log.info({ port: 4141 }, 'listening')
      log.debug('not verbose')
      log.warn({ status: 421, reason: 'host' }, 'refused')
      close(() => process.exit(0))`
    const args = ['--conditions=@stopbit/source', '--input-type=module', '--eval', code]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: listening port=4141\n\[[\d:.]+\] WARN: refused status=421 reason=host\n$/,
    )
  })
})
