import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { chunk, connectRaw, EVENTS, startRawUpstream, STREAM_HEAD } from './raw-upstream.ts'
import { MESSAGES_REQUEST } from './test-gateway.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs `stopbit gateway` as its own process; killed when the test is over. */
function runGateway(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['--conditions=@stopbit/source', MAIN, 'gateway', ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const ready = new Promise<number>((resolve) => {
    let out = ''
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString()
      const port = /^STOPBIT_READY \{"port":(\d+)\}\n$/.exec(out)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
  return { child, exit, ready, errors: text(child.stderr) }
}

describe('a wrong option ends the process with 2 and a sentence', () => {
  test.each([
    [[], {}, 'Cannot use --upstream or STOPBIT_UPSTREAM_URL: must say where the API is'],
    [
      ['--upstream', 'ftp://x'],
      {},
      'Cannot use --upstream: must be an http: or https: URL without credentials, query or fragment, got "ftp://x"',
    ],
    [
      ['--upstream', 'http://u:secret@x'],
      {},
      'Cannot use --upstream: must be an http: or https: URL without credentials, query or fragment, got "one that has them"',
    ],
    [
      ['--idle-timeout-ms', '-5'],
      {},
      'Cannot use --idle-timeout-ms: must be a whole number of milliseconds from 1 to 2147483647, got "-5"',
    ],
    [
      [],
      { STOPBIT_HEARTBEAT_MS: 'never' },
      'Cannot use STOPBIT_HEARTBEAT_MS: must be "off" or a whole number of milliseconds from 1 to 2147483647, got "never"',
    ],
    [[], { STOPBIT_RECOVERY: 'continue' }, 'Cannot use STOPBIT_RECOVERY: this version does not have it yet'],
    [[], { STOPBIT_IDEL_TIMEOUT_MS: '1' }, 'Cannot use STOPBIT_IDEL_TIMEOUT_MS: there is no such option'],
    [
      [],
      { STOPBIT_LISTEN_HOST: '0.0.0.0' },
      'Cannot use --host or STOPBIT_LISTEN_HOST: must be loopback unless there is a STOPBIT_TOKEN, got "0.0.0.0"',
    ],
    [[], { STOPBIT_UPSTREAM_CA_FILE: '/nowhere.pem' }, 'Cannot use STOPBIT_UPSTREAM_CA_FILE: must be a readable file'],
    [
      [],
      { STOPBIT_TOKEN: 'two words' },
      'Cannot use STOPBIT_TOKEN: must be printable characters without spaces, got "something else"',
    ],
    [['--upstream', 'ftp://user:canary@x'], {}, 'got "one that has them"'],
    [['--nonsense'], {}, "unknown option '--nonsense'"],
  ] as [string[], Record<string, string>, string][])('%j %j', async (args, environment, sentence) => {
    const needsUpstream = !args.includes('--upstream') && !sentence.includes('--upstream')
    const upstream = needsUpstream ? { STOPBIT_UPSTREAM_URL: 'http://127.0.0.1:1' } : {}
    const { exit, errors } = runGateway(args, { ...upstream, ...environment } as Record<string, string>)
    expect((await exit)[0]).toBe(2)
    expect(await errors).toContain(sentence)
    expect(await errors).not.toContain('canary')
  })

  test.each([
    ['{"upstreamUrl": "http://127.0.0.1:1", "idle_timeout_ms": 5}', 'there is no such option'],
    ['{"upstreamUrl": "http://127.0.0.1:1", "recovery": "continue"}', 'this version does not have it yet'],
    [
      '{"upstreamUrl": "http://127.0.0.1:1", "credential": {"key": "sk-canary"}}',
      'must be a text, a number or a list of texts',
    ],
    ['{"upstreamUrl": "http://127.0.0.1:1", "credential": "sk-canary', 'must be valid JSON'],
    ['[]', 'must hold a JSON object'],
  ])('configuration file %s', async (content, rule) => {
    const folder = mkdtempSync(join(tmpdir(), 'stopbit-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const config = join(folder, 'stopbit.json')
    writeFileSync(config, content)
    const { exit, errors } = runGateway(['--config', config])
    expect((await exit)[0]).toBe(2)
    expect(await errors).toContain(rule)
    expect(await errors).not.toContain('canary')
  })
})

test('a port that is taken ends the process with 1 and a sentence', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void holder.close())
  await once(holder, 'listening')
  const address = holder.address()
  const port = typeof address === 'object' ? address?.port : 0
  const { exit, errors } = runGateway(['--upstream', 'http://127.0.0.1:1', '--port', String(port)])
  expect((await exit)[0]).toBe(1)
  expect(await errors).toMatch(/^stopbit: .*address already in use/)
})

test('flags win over the environment, and the environment over the configuration file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const config = join(folder, 'stopbit.json')
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
  })
  const wrong = 'http://127.0.0.1:1'
  writeFileSync(config, JSON.stringify({ upstreamUrl: wrong, listenPort: 0, headersTimeoutMs: 300 }))
  const fromFlag = runGateway(['--config', config, '--upstream', upstream.url], { STOPBIT_UPSTREAM_URL: wrong })
  const answered = await fetch(`http://127.0.0.1:${await fromFlag.ready}/v1/messages`, MESSAGES_REQUEST)
  expect(answered.status).toBe(200)
  const fromVariable = runGateway(['--config', config], { STOPBIT_UPSTREAM_URL: upstream.url })
  expect((await fetch(`http://127.0.0.1:${await fromVariable.ready}/v1/messages`, MESSAGES_REQUEST)).status).toBe(200)
  const fromFile = runGateway(['--config', config])
  expect((await fetch(`http://127.0.0.1:${await fromFile.ready}/v1/messages`, MESSAGES_REQUEST)).status).toBe(502)

  writeFileSync(config, JSON.stringify({ upstream: wrong }))
  const unknown = runGateway(['--config', config])
  expect((await unknown.exit)[0]).toBe(2)
  expect(await unknown.errors).toContain(`Cannot use upstream in ${config}: there is no such option`)
})

describe('SIGTERM', () => {
  test('lets a running stream end, refuses new connections, and exits with 0', async () => {
    const half = Promise.withResolvers<void>()
    const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
      await readRequest()
      socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
      await half.promise
      socket.write(chunk(EVENTS.slice(4).join('')))
    })
    const { child, exit, ready } = runGateway(['--upstream', upstream.url, '--port', '0'])
    const url = `http://127.0.0.1:${await ready}/v1/messages`
    const response = await fetch(url, MESSAGES_REQUEST)
    child.kill('SIGTERM')
    await expect
      .poll(() =>
        fetch(url, MESSAGES_REQUEST).then(
          () => 'answered',
          () => 'refused',
        ),
      )
      .toBe('refused')
    half.resolve()
    expect(await response.text()).toBe(EVENTS.join(''))
    expect((await exit)[0]).toBe(0)
  })

  test('does not wait for connections without a request', async () => {
    const { child, exit, ready } = runGateway(['--upstream', 'http://127.0.0.1:1', '--port', '0'])
    const port = await ready
    const silent = connectRaw(port)
    const half = connectRaw(port)
    half.write('POST /v1/messages HTTP/1.1\r\nhost: loc')
    await Promise.all([once(silent, 'connect'), once(half, 'connect')])
    const stoppedAt = performance.now()
    child.kill('SIGTERM')
    expect((await exit)[0]).toBe(0)
    expect(performance.now() - stoppedAt).toBeLessThan(5_000) // the deadline is 25 s
  })

  test('ends what still streams at the drain deadline with an error event, and exits with 0', async () => {
    const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
      await readRequest()
      socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
    })
    const { child, exit, ready } = runGateway(['--upstream', upstream.url, '--port', '0', '--drain-deadline-ms', '300'])
    const response = await fetch(`http://127.0.0.1:${await ready}/v1/messages`, MESSAGES_REQUEST)
    child.kill('SIGTERM')
    expect(await response.text()).toMatch(
      /event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error".*\n\n$/,
    )
    expect((await exit)[0]).toBe(0)
  })
})

test('neither a key, nor a prompt, nor an answer is in the log; the cause of a failure is', async () => {
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
    socket.end()
  })
  const { child, ready, errors, exit } = runGateway(['--upstream', upstream.url, '--port', '0'], {
    STOPBIT_CREDENTIAL: 'sk-gateway-canary',
  })
  const url = `http://127.0.0.1:${await ready}/v1/messages?key=query-canary`
  await (await fetch(url, MESSAGES_REQUEST)).text()
  child.kill('SIGTERM')
  await exit
  const log = await errors
  expect(log).toContain('"ending":"error"')
  expect(log).toContain('"kind":"body-reset"')
  expect(log).not.toMatch(/canary|Grüße/)
})

test('each request that is refused leaves one line in the log, and nothing that the client has written', async () => {
  const { child, ready, errors, exit } = runGateway(['--upstream', 'http://127.0.0.1:1', '--port', '0'], {
    STOPBIT_TOKEN: 'token-canary',
  })
  const port = await ready
  const end = 'cookie: canary\r\nconnection: close\r\n\r\n'
  const answers: string[] = []
  for (const request of [
    `GET /v1/canary?key=canary HTTP/1.1\r\nhost: localhost\r\nx-stopbit-token: wrong-canary\r\n${end}`,
    `GET /v1/models HTTP/1.1\r\nhost: canary.example\r\nx-stopbit-token: token-canary\r\n${end}`,
    `GET / HTTP/1.1\r\nhost: localhost\r\norigin: http://canary\r\nx-stopbit-token: token-canary\r\n${end}`,
    'GET / HTTP/1.1\r\nno header canary\r\n\r\n',
    `GET / HTTP/1.1\r\nhost: localhost\r\nx-canary: ${'x'.repeat(17_000)}\r\n\r\n`,
  ]) {
    const client = connectRaw(port)
    client.write(request)
    answers.push((await text(client)).slice(9, 12))
  }
  expect(answers).toEqual(['401', '421', '403', '400', '431'])
  child.kill('SIGTERM')
  await exit
  const log = await errors
  const lines = log.split('\n').filter((line) => line.includes('"refused"'))
  const refused = lines.map((line) => JSON.parse(line) as { readonly status: number })
  // The last lines of a log may change places when the process exits.
  expect(refused.toSorted((a, b) => a.status - b.status)).toMatchObject([
    { level: 40, status: 400, reason: 'HPE_INVALID_HEADER_TOKEN' },
    { level: 40, status: 401, reason: 'token' },
    { level: 40, status: 403, reason: 'origin' },
    { level: 40, status: 421, reason: 'host' },
    { level: 40, status: 431, reason: 'HPE_HEADER_OVERFLOW' },
  ])
  expect(log).not.toContain('canary')
})
