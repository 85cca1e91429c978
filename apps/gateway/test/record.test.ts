import { spawn, execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readManifest, runSuite } from '@stopbit/conformance'
import { parseTrace } from '@stopbit/traces'
import { expect, onTestFinished, test } from 'vitest'

const STOPBIT = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const SUITE = fileURLToPath(new URL('../../../conformance/src/main.ts', import.meta.url))
const REFERENCE = fileURLToPath(new URL('../../../conformance/targets/reference.json', import.meta.url))
const FROM_SOURCE = '--conditions=@stopbit/source'

const BODY = '{"model":"m","stream":true,"messages":[{"role":"user","content":"my SECRET question"}]}'
const EVENTS = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_01SECRET","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a SECRET answer"}}\n\n',
]

interface Ended {
  readonly code: number
  readonly output: string
}

async function run(program: string, ...args: string[]): Promise<Ended> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [FROM_SOURCE, program, ...args], { timeout: 100_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    )
  })
}

/** An upstream that sends its events in one chunk each, and hands out its socket. */
async function startUpstream(): Promise<{ port: number; socket: Promise<Socket> }> {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const server = createServer((socket) => {
    socket.once('data', () => {
      const chunks = EVENTS.map((event) => `${event.length.toString(16)}\r\n${event}\r\n`).join('')
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nset-cookie: SECRET\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`,
      )
      resolve(socket)
    })
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { port: (server.address() as AddressInfo).port, socket: promise }
}

/** `stopbit record`, with the JSON lines that it writes, one at a time. */
async function startRecord(upstream: number, folder: string) {
  const args = ['--upstream', `http://127.0.0.1:${upstream}`, '--listen', '127.0.0.1:0', '--out', folder, '--json']
  const child = spawn(process.execPath, [FROM_SOURCE, STOPBIT, 'record', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Record<string, unknown>> => JSON.parse((await lines.next()).value ?? '{}') as never
  return { child, next, port: Number((await next())['port']) }
}

/** The upstream resets when the client has what it sent; over when the client has `last`, or else its connection's end. */
async function failingExchange(port: number, upstream: Promise<Socket>, last?: string): Promise<void> {
  const client = connect(port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  client.on('error', () => undefined)
  const closed = new Promise((resolve) => client.once('close', resolve))
  let received = ''
  const has = (text: string): Promise<void> =>
    new Promise((resolve) =>
      client.on('data', (bytes) => {
        received += bytes.toString()
        if (received.includes(text)) resolve()
      }),
    )
  const complete = has('a SECRET answer')
  client.write(
    `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nx-api-key: SECRET\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
  )
  await complete
  const socket = await upstream
  const ended = last === undefined ? closed : has(last)
  socket.resetAndDestroy()
  await ended
}

test(
  'a failing exchange becomes a trace: record, review, lint, try, and the suite is green with it',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stopbit-record-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const upstream = await startUpstream()
    const record = await startRecord(upstream.port, folder)
    await failingExchange(record.port, upstream.socket)
    const told = await record.next()
    expect(told).toMatchObject({ event: 'exchange', status: 200, end: 'rst', result: 'written' })
    record.child.kill('SIGTERM')
    expect(await once(record.child, 'exit')).toEqual([0, null])

    const file = String(told['file'])
    expect(readdirSync(join(folder, 'recorded')).length).toBe(1)
    const draft = readFileSync(file, 'utf8')
    expect(draft).not.toContain('SECRET')
    const unreviewed = await run(SUITE, 'trace', 'lint', file)
    expect(unreviewed.code).toBe(1)
    expect(unreviewed.output).toContain(`${file}: provenance.redaction.reviewedBy: a recorded trace names its reviewer`)

    writeFileSync(file, draft.replace('"reviewedBy": []', '"reviewedBy": ["A reviewer"]'))
    expect(await run(SUITE, 'trace', 'lint', file)).toMatchObject({ code: 0 })
    const tried = await run(SUITE, 'trace', 'try', file, '--jobs', '8')
    expect(tried.output).toMatch(/kills\s+bare-end\s+TERM-1/)
    expect(tried.code).toBe(0)
    const suite = await runSuite(readManifest(REFERENCE), [parseTrace(readFileSync(file, 'utf8'), file)])
    expect(suite.traces[0]?.cells.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
  },
)

test('the gateway with recordDir leaves a redacted draft of a call that failed, and says so in its log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-record-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const upstream = await startUpstream()
  const args = ['--upstream', `http://127.0.0.1:${upstream.port}`, '--port', '0', '--record-dir', folder]
  const child = spawn(process.execPath, [FROM_SOURCE, STOPBIT, 'gateway', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const drafted = Promise.withResolvers<Record<string, unknown>>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    const entry = JSON.parse(line) as Record<string, unknown>
    if (entry['msg'] === 'draft') drafted.resolve(entry)
  })
  const [ready] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { port } = JSON.parse(ready.replace('STOPBIT_READY ', '')) as { port: number }
  await failingExchange(port, upstream.socket, 'event: error')
  const draft = await drafted.promise
  expect(draft).toMatchObject({ result: 'written' })
  const text = readFileSync(String(draft['file']), 'utf8')
  expect(text).not.toContain('SECRET')
  const trace = parseTrace(text, 'draft')
  expect(trace.provenance.fidelity).toMatchObject({ fault: 'exact', framing: 'assumed' })
  expect(trace.upstream.connections[0]?.script.at(-1)).toEqual({ do: 'rst', fault: true })
})

test.each([
  ['an upstream that is no URL', ['--upstream', 'nope'], 2, 'must be an http: or https: URL'],
  ['no upstream', [], 2, '--upstream'],
  ['an address that others can reach', ['--upstream', 'http://127.0.0.1:1', '--listen', '0.0.0.0:0'], 1, 'loopback'],
])('record refuses %s', async (_, args, code, rule) => {
  const ended = await run(STOPBIT, 'record', ...args)
  expect(ended.output).toContain(rule)
  expect(ended.code).toBe(code)
})
