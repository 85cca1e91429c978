import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { UpstreamStep } from '@stopbit/traces'
import { expect, onTestFinished, test } from 'vitest'
import { upstreamOf, type PlayedUpstream } from '../../../test/upstream-of.ts'

const REQUEST = 'POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}'
const HEAD: UpstreamStep = { do: 'send', as: 'head', lines: ['HTTP/1.1 200 OK', 'connection: close'] }

function rawConnection(port: number): Socket {
  const raw = createConnection({ host: '127.0.0.1', port })
  onTestFinished(() => void raw.destroy())
  return raw
}

function tlsOver(raw: Socket, { caFile }: PlayedUpstream): TLSSocket {
  return connect({ socket: raw, host: '127.0.0.1', ca: readFileSync(caFile), ALPNProtocols: ['http/1.1'] })
}

/** Passes a connection on and keeps what comes back over it, still coded. */
async function relayTo(port: number, kept: Buffer[]): Promise<number> {
  const relay = createServer((socket) => {
    const onward = rawConnection(port)
    onward.on('data', (bytes: Buffer) => void kept.push(bytes))
    // A client's close_notify may come when the other end is gone already: what is tested is what came before.
    for (const each of [socket, onward]) each.on('error', () => undefined)
    socket.pipe(onward).pipe(socket)
  })
  onTestFinished(() => void relay.close())
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  return (relay.address() as AddressInfo).port
}

/** The length of the last TLS record, its header not counted. */
function lastRecordBytes(kept: readonly Buffer[]): number {
  let left = Buffer.concat(kept)
  let length = 0
  while (left.length > 0) {
    length = left.readUInt16BE(3)
    left = left.subarray(5 + length)
  }
  return length
}

/** Sends a request and reads to the end. */
async function ask(ending: UpstreamStep): Promise<{ lastRecord: number; error: string | undefined; body: string }> {
  const upstream = await upstreamOf('1.1', [{ do: 'read-request' }, HEAD, { do: 'send', as: 'raw', text: 'x' }, ending])
  const kept: Buffer[] = []
  const port = ending.do === 'rst' ? upstream.port : await relayTo(upstream.port, kept)
  const socket = tlsOver(rawConnection(port), upstream)
  let error: string | undefined
  let body = ''
  socket.on('data', (bytes: Buffer) => (body += bytes.toString()))
  socket.on('error', ({ code }: NodeJS.ErrnoException) => (error = code))
  socket.write(REQUEST)
  await new Promise<void>((resolve) => void socket.once('close', () => resolve())) // `once` would reject with the reset
  return { lastRecord: lastRecordBytes(kept), error, body }
}

test('over TLS fin says close_notify, truncate does not, and rst is a reset', async () => {
  const fin = await ask({ do: 'fin', fault: true })
  const truncated = await ask({ do: 'truncate', fault: true })
  const reset = await ask({ do: 'rst', fault: true })
  expect(fin.body.endsWith('\r\n\r\nx')).toBe(true)
  expect(truncated.body).toBe(fin.body)
  expect(fin.lastRecord).toBe(2 + 1 + 16) // an alert, its type, its tag
  expect(truncated.lastRecord).toBe(1 + 1 + 16) // the one body byte
  expect([fin.error, truncated.error, reset.error]).toEqual([undefined, undefined, 'ECONNRESET'])
})

test.each([
  ['expired-cert', 'CERT_HAS_EXPIRED'],
  ['wrong-host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['untrusted-cert', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
] as const)('a client that verifies refuses %s, and the runner attests that it saw it', async (how, code) => {
  const upstream = await upstreamOf('1.1', [{ do: 'tls', how, fault: true }, { do: 'read-request' }, HEAD])
  const socket = tlsOver(rawConnection(upstream.port), upstream)
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe(code)
  await upstream.stage.board.until(() => upstream.stage.barriers.length === 2, 3_000)
  expect(upstream.stage.barriers.map(({ until, held }) => [until, held])).toEqual([
    ['client-hello-read', true],
    ['certificate-seen', true],
  ])
})

test('a connection that begins with no ClientHello attests nothing', async () => {
  const { stage, port } = await upstreamOf('1.1', [{ do: 'tls', how: 'handshake-fin', fault: true }])
  const raw = rawConnection(port)
  raw.write(REQUEST)
  raw.resume()
  await once(raw, 'end')
  expect(stage.barriers).toEqual([{ until: 'client-hello-read', held: false, clientHadEnded: false }])
})
