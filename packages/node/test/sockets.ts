import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import type { ExchangeRecord } from '@stopbit/exchange'
import { createDrain, type Finishable } from '@stopbit/server-presets'
import { onTestFinished } from 'vitest'
import { createHandler, type Handler, type HandlerOptions } from '../src/index.ts'

/** One end of a connection, as text. */
export interface Peer {
  readonly socket: Socket
  /** All that came so far, as latin1. */
  readonly received: () => string
  /** Waits until what came matches; rejects if no more is to come. */
  readonly until: (pattern: RegExp) => Promise<string>
  /** Resolves with all that came, when the other side is closed, cleanly or not. */
  readonly over: () => Promise<string>
}

/** Reads a socket; resets are what these tests are about. */
function peerOn(socket: Socket): Peer {
  let text = ''
  let isOver = false
  let arrived = Promise.withResolvers<void>()
  const wake = (): void => {
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  socket.on('error', () => undefined)
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1')
    wake()
  })
  const end = (): void => {
    isOver = true
    wake()
  }
  socket.once('end', end)
  socket.once('close', end)
  return {
    socket,
    received: () => text,
    async until(pattern) {
      while (!pattern.test(text)) {
        if (isOver) throw new Error(`The connection closed before ${String(pattern)}, after ${text}`)
        await arrived.promise
      }
      return text
    },
    async over() {
      while (!isOver) await arrived.promise
      return text
    },
  }
}

/** A client on a raw socket. `allowHalfOpen`, so that it may close its side alone. */
export async function connectRaw(port: number): Promise<Peer> {
  const peer = peerOn(connect({ port, host: '127.0.0.1', allowHalfOpen: true }))
  onTestFinished(() => void peer.socket.destroy())
  await once(peer.socket, 'connect')
  return peer
}

/** A TCP server whose script writes raw bytes. */
export async function startRawUpstream(script: (peer: Peer) => Promise<void> | void): Promise<URL> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    const peer = peerOn(socket)
    Promise.resolve(script(peer)).catch(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

/** Lets a server listen for the time of the test. */
export async function listen(server: Server | TlsServer | RequestListener): Promise<number> {
  const listener = typeof server === 'function' ? createServer(server) : server
  onTestFinished(() => {
    listener.closeAllConnections()
    listener.close()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return (listener.address() as AddressInfo).port
}

/** Lets a handler listen for the time of the test, or until it is drained. */
export async function listenUntilDrained(
  listener: RequestListener,
  exchanges: Finishable,
  drainDeadlineMs: number,
): Promise<{ readonly port: number; readonly drain: () => Promise<void> }> {
  const server = createServer(listener)
  const drain = createDrain(server, { drainDeadlineMs })
  drain.register(exchanges)
  return { port: await listen(server), drain: () => drain.start() }
}

/** A handler, and the records that it leaves. */
export interface TestHandler {
  readonly handler: Handler
  /** The record of the n-th exchange (from 1) that ends. */
  readonly record: (n?: number) => Promise<ExchangeRecord>
}

/** A handler in front of an upstream, closed when the test is over. */
export function handlerFor(url: URL, options: Partial<HandlerOptions> = {}): TestHandler {
  const records: PromiseWithResolvers<ExchangeRecord>[] = []
  const slot = (n: number): PromiseWithResolvers<ExchangeRecord> =>
    (records[n - 1] ??= Promise.withResolvers<ExchangeRecord>())
  let count = 0
  const onRecord = (record: ExchangeRecord): void => slot(++count).resolve(record)
  const handler = createHandler({ upstream: { url }, onRecord, ...options })
  onTestFinished(() => handler.close())
  return { handler, record: (n = 1) => slot(n).promise }
}

/** Request head of a POST, with the lines that are given. */
export function post(body: string, ...lines: string[]): string {
  const head = ['POST /v1/messages HTTP/1.1', 'host: localhost', 'content-type: application/json', ...lines]
  return `${[...head, `content-length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`
}

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_test\r\ntransfer-encoding: chunked\r\n\r\n'

/** Body bytes as one HTTP chunk. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

const event = (name: string, rest: object): string =>
  `event: ${name}\ndata: ${JSON.stringify({ type: name, ...rest })}\n\n`

/** The beginning of a Messages stream, to its first text. */
export const OPENING: string =
  event('message_start', {
    message: { id: 'msg_0', type: 'message', role: 'assistant', content: [], model: 'claude', usage: {} },
  }) +
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello' } })

/** Its end. */
export const ENDING: string =
  event('content_block_stop', { index: 0 }) +
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } }) +
  event('message_stop', {})

/** A Messages stream as it goes over the wire. */
export const STREAM: string = `${STREAM_HEAD}${chunk(OPENING + ENDING)}0\r\n\r\n`

/** A JSON answer as it goes over the wire. */
export function json(status: number, body: object = {}, ...lines: string[]): string {
  const text = JSON.stringify(body)
  const head = [`HTTP/1.1 ${status} Status`, 'content-type: application/json', ...lines]
  return `${[...head, `content-length: ${Buffer.byteLength(text)}`].join('\r\n')}\r\n\r\n${text}`
}
