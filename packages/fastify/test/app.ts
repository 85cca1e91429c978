import type { ExchangeRecord } from '@stopbit/exchange'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { onTestFinished } from 'vitest'
import { startRawUpstream } from './sockets.ts'

export const REQUEST = JSON.stringify({ model: 'claude', stream: true, max_tokens: 9, messages: [] })

/** What of a log line is looked at. */
export interface LogLine {
  readonly level: number
  readonly reqId?: string
  readonly msg: string
  readonly exchange?: ExchangeRecord
}

/** An application, closed when the test is over, and what it has logged. */
export function createApp(options: FastifyServerOptions = {}): { app: FastifyInstance; log: LogLine[] } {
  const log: LogLine[] = []
  const stream = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) }
  const app = Fastify({ logger: { stream }, ...options }) as FastifyInstance
  onTestFinished(() => app.close())
  return { app, log }
}

/** An upstream that answers every request with `bytes`, and what it was asked. */
export async function answering(
  bytes: string,
  then: 'end' | 'stay' = 'end',
): Promise<{ url: URL; asked: () => string }> {
  let asked = ''
  const url = await startRawUpstream(async ({ socket, until }) => {
    asked += await until(/\r\n\r\n(?:[\s\S]*\}|)$/)
    if (then === 'end') socket.end(bytes)
    else socket.write(bytes)
  })
  return { url, asked: () => asked }
}

/** A request of a test. */
export type SentRequest = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

/** Sends a request to the application, which listens from then on. */
export async function send(app: FastifyInstance, path: string, more: SentRequest = {}): Promise<Response> {
  const base = app.server.listening ? `http://127.0.0.1:${portOf(app)}` : await app.listen({ port: 0 })
  const headers = { 'content-type': 'application/json', origin: 'https://app.example' }
  return fetch(`${base}${path}`, { method: 'POST', body: REQUEST, ...more, headers: { ...headers, ...more.headers } })
}

/** Where it listens. */
export function portOf(app: FastifyInstance): number {
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
