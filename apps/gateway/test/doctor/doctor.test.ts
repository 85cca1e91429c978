import { once } from 'node:events'
import { createServer as createHttpServer, request as requestHttp, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { startProbeServer } from '../../src/doctor/probe-server.ts'
import { runDoctor, type DoctorOptions } from '../../src/doctor/run-doctor.ts'
import { startTestGateway } from '../test-gateway.ts'
import { startNginx } from './nginx.ts'

/** Looks at a path with times that a test can wait for; answers by the name of the check. */
async function examine(
  options: { upstream?: string; probe?: string } & Partial<Omit<DoctorOptions, 'upstream' | 'probe'>>,
): Promise<Record<string, Check>> {
  const { upstream, probe, ...rest } = options
  const checks = await runDoctor({
    silencesMs: [200, 2_000],
    gapMs: 200,
    timeoutMs: 2_000,
    ...(upstream !== undefined && { upstream: new URL(upstream) }),
    ...(probe !== undefined && { probe: new URL(probe) }),
    ...rest,
  })
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

async function startProbe(): Promise<number> {
  const probe = await startProbeServer({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => probe.stop())
  return probe.port
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return (server.address() as AddressInfo).port
}

const verdicts = (checks: Record<string, Check>): Record<string, string> =>
  Object.fromEntries(Object.entries(checks).map(([name, { verdict }]) => [name, verdict]))

test('a path with nothing on it is fine', async () => {
  const checks = await examine({ probe: `http://127.0.0.1:${await startProbe()}` })
  expect(verdicts(checks)).toEqual({
    dns: 'fine',
    connection: 'fine',
    headers: 'fine',
    buffering: 'fine',
    silence: 'fine',
  })
  expect(checks['silence']?.sentence).toBe('A stream that is silent for 200 ms and 2 s lives on.')
})

test('nginx as it comes buffers, and the setting that ends it is named', async () => {
  const { buffering } = await examine({ probe: await startNginx(await startProbe()) })
  expect(buffering).toMatchObject({ verdict: 'found', facts: { gapMs: 200 } })
  expect(buffering?.facts['heldMs']).toBeGreaterThanOrEqual(600) // the first of five waits for the last
  expect(buffering?.advice[0]).toContain('proxy_buffering off;')
})

test('nginx with buffering off passes each event at once', async () => {
  const settings = 'proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection "";'
  const checks = await examine({ probe: await startNginx(await startProbe(), settings) })
  expect(verdicts(checks)).toMatchObject({ buffering: 'fine', silence: 'fine' })
})

test('nginx that compresses passes events all the same, and they are read', async () => {
  const settings = 'proxy_buffering off; gzip on; gzip_types text/event-stream; gzip_min_length 1;'
  const { buffering } = await examine({ probe: await startNginx(await startProbe(), settings) })
  expect(buffering).toMatchObject({ verdict: 'fine', facts: { events: 5 } })
})

test('a front whose compressor waits for more is found, and compression is named first', async () => {
  const port = await startProbe()
  const compress: RequestListener = (request, response) => {
    const { method, headers } = request
    const asked = requestHttp({ host: '127.0.0.1', port, method, headers, agent: false }, (answer) => {
      response.writeHead(200, { ...answer.headers, 'content-encoding': 'gzip' }).flushHeaders()
      pipeline(answer, createGzip(), response, () => undefined)
    })
    request.pipe(asked)
  }
  const { buffering } = await examine({ probe: `http://127.0.0.1:${await listen(createHttpServer(compress))}` })
  expect(buffering?.verdict).toBe('found')
  expect(buffering?.advice[0]).toContain('compresses events (gzip)')
})

test('a short proxy_read_timeout is found with its length, and with its name', async () => {
  const settings = 'proxy_buffering off; proxy_http_version 1.1; proxy_read_timeout 1s;'
  const { silence, buffering } = await examine({ probe: await startNginx(await startProbe(), settings) })
  expect(buffering?.verdict).toBe('fine')
  expect(silence?.verdict).toBe('found')
  expect(silence?.facts['cutMs']).toBeGreaterThan(900)
  expect(silence?.facts['cutMs']).toBeLessThan(2_000)
  expect(silence?.sentence).toMatch(
    /^A silent stream is cut after (1(\.\d)? s|9\d\d ms): its connection is closed\. Silences of 200 ms pass\.$/,
  )
  expect(silence?.advice[0]).toContain('proxy_read_timeout 600s;')
  expect(silence?.advice.at(-1)).toContain('stopbit gateway')
})

test('buffering and a read timeout together are both found', async () => {
  const { silence, buffering } = await examine({
    probe: await startNginx(await startProbe(), 'proxy_read_timeout 1s;'),
  })
  expect([buffering?.verdict, silence?.verdict]).toEqual(['found', 'found'])
  expect(silence?.advice[0]).toContain('proxy_read_timeout')
})

test('a gateway of ours on the path is fine', async () => {
  const gateway = await startTestGateway(`http://127.0.0.1:${await startProbe()}`)
  expect(verdicts(await examine({ probe: gateway.url }))).toMatchObject({ buffering: 'fine', silence: 'fine' })
})

test('a server that is no probe is told from one that is', async () => {
  const answer: RequestListener = (_request, response) => void response.end('hello')
  const { buffering, silence, headers } = await examine({
    probe: `http://127.0.0.1:${await listen(createHttpServer(answer))}`,
  })
  expect(headers?.verdict).toBe('fine')
  expect(buffering).toMatchObject({
    verdict: 'found',
    sentence: 'No probe answered, but something else did (status 200).',
  })
  expect(silence).toMatchObject({ verdict: 'found' })
})

test('a proxy that ends a cut stream as if it were whole is called what it is', async () => {
  const pretend: RequestListener = (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-stopbit-probe': '1' })
    response.end('data: {"event":1,"of":2,"sentMs":0}\n\n')
  }
  const { silence } = await examine({ probe: `http://127.0.0.1:${await listen(createHttpServer(pretend))}` })
  expect(silence?.sentence).toContain('clients take half an answer for a whole one')
})

test('a path that drops what comes after a silence, and closes nothing, is found within the time of the check', async () => {
  const origin = await startProbe()
  const firewall = createTcpServer((client) => {
    const server = connect(origin, '127.0.0.1')
    let lastAt = performance.now()
    client.on('error', () => undefined).pipe(server)
    server.on('error', () => undefined)
    server.on('data', (data: Buffer) => {
      const isForgotten = performance.now() - lastAt > 1_000
      lastAt = performance.now()
      if (!isForgotten) client.write(data)
    })
    onTestFinished(() => {
      client.destroy()
      server.destroy()
    })
  })
  const { silence } = await examine({ probe: `http://127.0.0.1:${await listen(firewall)}`, timeoutMs: 1_000 })
  expect(silence).toMatchObject({
    verdict: 'found',
    sentence: 'A stream that is silent for 2 s is lost: its connection stays open, but nothing comes any more.',
  })
})

test('what cannot be reached stops the rest', async () => {
  const port = await listen(createTcpServer())
  const refused = await examine({ upstream: 'http://127.0.0.1:1' })
  expect(verdicts(refused)).toEqual({ dns: 'fine', connection: 'found', headers: 'skipped' })
  const unknown = await examine({ upstream: `http://stopbit.invalid:${port}` })
  expect(verdicts(unknown)).toEqual({ dns: 'found', connection: 'skipped', headers: 'skipped' })
})

test('a server that accepts and says nothing is found by its silence', async () => {
  const sockets = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
  })
  const { headers } = await examine({ upstream: `http://127.0.0.1:${await listen(sockets)}`, timeoutMs: 300 })
  expect(headers).toMatchObject({
    verdict: 'found',
    sentence: 'No answer began within 300 ms.',
    facts: { code: 'timeout' },
  })
})

async function startTls(names: readonly string[], daysLeft: number): Promise<{ url: string; ca: string }> {
  const authority = await generate([{ name: 'commonName', value: 'Doctor tests' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  })
  const { private: key, cert } = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.private, cert: authority.cert },
    notBeforeDate: new Date(Date.now() - 100 * 86_400_000),
    notAfterDate: new Date(Date.now() + daysLeft * 86_400_000 + 3_600_000),
    extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value }) as const) }],
  })
  const server = createHttpsServer({ key, cert }, (_request, response) => void response.end())
  return { url: `https://localhost:${await listen(server)}`, ca: authority.cert }
}

test('a certificate is looked at as a whole: who signed it, until when, for which name', async () => {
  const good = await startTls(['localhost'], 60)
  const trusted = await examine({ upstream: good.url, ca: good.ca })
  expect(trusted['tls']).toMatchObject({
    verdict: 'fine',
    facts: { daysLeft: 60, rightName: true, issuer: 'Doctor tests' },
  })
  expect(trusted['headers']?.verdict).toBe('fine')

  const untrusted = await examine({ upstream: good.url })
  expect(verdicts(untrusted)).toMatchObject({ tls: 'found', headers: 'skipped' })
  expect(untrusted['tls']?.advice.join()).toContain('NODE_EXTRA_CA_CERTS')

  const soon = await startTls(['localhost'], 3)
  expect((await examine({ upstream: soon.url, ca: soon.ca }))['tls']?.sentence).toBe('The certificate ends in 3 days.')

  const past = await startTls(['localhost'], -3)
  expect((await examine({ upstream: past.url, ca: past.ca }))['tls']?.sentence).toBe('The certificate has expired.')

  const other = await startTls(['other.test'], 60)
  const wrong = await examine({ upstream: other.url, ca: other.ca })
  expect(wrong['tls']?.sentence).toBe('The certificate is for another name.')
  expect(wrong['headers']?.verdict).toBe('skipped')
})

test('plain HTTP on a port that should speak TLS is told', async () => {
  const { tls } = await examine({ upstream: `https://127.0.0.1:${await startProbe()}` })
  expect(tls).toMatchObject({ verdict: 'found', sentence: 'No secure connection could be set up.' })
  expect(tls?.advice[0]).toContain('does not speak TLS')
})
