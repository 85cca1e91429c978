import { readFileSync } from 'node:fs'
import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { rootCertificates, type TLSSocket } from 'node:tls'
import { endToEnd, sendError } from './answer.ts'
import { dialectOf } from './dialects.ts'
import { isStream, relayOpaque, relayWhole } from './relay-whole.ts'
import { relayStream } from './relay-stream.ts'
import { connectTimeoutMs, headersTimeoutMs, is, upstreamCaFile, upstreamUrl } from './settings.ts'
import { at, parseObject } from './stream-state.ts'
import { openBody } from './upstream-body.ts'

/** One request of the client, read to its end. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly response: ServerResponse
}

const secure = upstreamUrl.protocol === 'https:'
const agent = secure
  ? new https.Agent({
      keepAlive: true,
      ...(upstreamCaFile === undefined ? {} : { ca: [...rootCertificates, readFileSync(upstreamCaFile, 'utf8')] }),
    })
  : new http.Agent({ keepAlive: true })

/** Sends the request on and relays the answer, or says in the client's dialect why there is none. */
export function forward(exchange: Exchange, attempt = 1): void {
  const { request, body, response } = exchange
  if (is('fault-connection-reused') && reuse(exchange)) return
  const dialect = dialectOf(request.url)
  const outgoing = ask(exchange)
  let late = false
  const giveUp = (): void => {
    late = true
    outgoing.destroy(new Error('timeout'))
  }
  const headersTimer = setTimeout(giveUp, headersTimeoutMs)
  if (!is('no-connect-timer')) outgoing.on('socket', (socket) => limitConnect(socket, giveUp))
  outgoing.on('upgrade', (_, socket) => {
    socket.destroy()
    outgoing.emit('error', new Error('unasked upgrade'))
  })
  outgoing.on('information', ({ statusCode }) => {
    if (statusCode === 101) outgoing.destroy(new Error('unasked upgrade'))
  })
  let answered = false
  outgoing.on('response', (answer) => {
    answered = true
    clearTimeout(headersTimer)
    relay(answer, exchange)
  })
  outgoing.on('error', (error) => {
    clearTimeout(headersTimer)
    if (answered || response.headersSent || response.destroyed) return
    // A kept connection that the upstream had already closed: safe to repeat once, for nothing came back.
    if (outgoing.reusedSocket && attempt === 1 && !late) return forward(exchange, 2)
    if (is('retry-after-read') && attempt === 1) return forward(exchange, 2)
    if (is('destroy-before-head')) return void response.destroy()
    if (is('exit-on-error')) process.exit(1)
    if (is('swallow-before-head')) return
    const message = is('error-text-leaked') ? error.message : 'The upstream could not be reached or gave no answer.'
    sendError(response, dialect, { status: late ? 504 : 502, message })
  })
  // The client has gone before its answer was through.
  response.on('close', () => {
    clearTimeout(headersTimer)
    if (!response.writableFinished && !is('upstream-kept')) outgoing.destroy()
  })
  outgoing.end(body)
}

function ask({ request, body }: Exchange): ClientRequest {
  return (secure ? https : http).request({
    agent,
    host: upstreamUrl.hostname,
    port: upstreamUrl.port,
    method: request.method,
    path: request.url,
    headers: {
      ...endToEnd(request),
      host: upstreamUrl.host,
      'content-length': body.length,
      'accept-encoding': 'identity',
    },
  })
}

/** A connection that is taken from the pool is there already. */
function limitConnect(socket: Socket, giveUp: () => void): void {
  if (!socket.connecting && !isHandshaking(socket)) return
  const timer = setTimeout(giveUp, connectTimeoutMs)
  socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(timer))
  socket.once('close', () => clearTimeout(timer))
}

function isHandshaking(socket: Socket): boolean {
  return secure && (socket as TLSSocket).getProtocol() === null
}

function relay(answer: IncomingMessage, exchange: Exchange): void {
  const dialect = dialectOf(exchange.request.url)
  const asked = parseObject(exchange.body.toString())
  const count = Number(at(asked, 'n') ?? at(asked, 'generationConfig', 'candidateCount') ?? 1)
  const body = openBody(answer)
  if (!isStream(answer)) relayWhole(body, exchange.response, { dialect, refuse: isOpenAi(exchange.request) })
  else if (dialect === undefined) relayOpaque(body, exchange.response)
  else relayStream(body, exchange.response, { dialect, asked: count, onStalled: (socket) => void stalled.push(socket) })
}

function isOpenAi({ headers }: IncomingMessage): boolean {
  return headers.authorization !== undefined
}

/** The connection of a stream that fell silent; only for a mutant. */
const stalled: Socket[] = []

function reuse({ request, body, response }: Exchange): boolean {
  const socket = stalled.pop()
  if (socket === undefined || socket.destroyed || !body.includes('"stream":true')) return false
  socket.on('close', () => sendError(response, dialectOf(request.url), { status: 502, message: 'No answer.' }))
  const mark = String(request.headers['x-stopbit-exchange'])
  socket.write(
    `POST ${request.url} HTTP/1.1\r\nhost: x\r\nx-stopbit-exchange: ${mark}\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  socket.write(body)
  return true
}
