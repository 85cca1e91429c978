import http, { type ClientRequest, type RequestOptions } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { endToEnd } from './answer.ts'
import { is, upstreamUrl } from './settings.ts'
import { ca, isSecure, limitConnect, type AskEvents, type Asked, type Question } from './question.ts'

/** A connection that was made to learn the protocol, for the next request. */
const made: TLSSocket[] = []

class TlsAgent extends https.Agent {
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    return made.pop() ?? super.createConnection(options, callback)
  }
}

let agent: http.Agent | undefined

/** The next request goes out on this connection. */
export function keepForHttp1(socket: TLSSocket): void {
  made.push(socket)
}

/** Asks on a kept connection or a new one. */
export function askHttp1({ request, body }: Question, events: AskEvents): Asked {
  agent ??= isSecure
    ? new TlsAgent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) })
    : new http.Agent({ keepAlive: true })
  const outgoing = (isSecure ? https : http).request({
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
  refuseUpgrades(outgoing)
  outgoing.on('socket', (socket) => limitConnect(socket, events.onLate))
  if (is('extra-bytes-kept')) outgoing.on('socket', keepExtraBytes)
  outgoing.on('response', (answer) =>
    events.onAnswer({
      statusCode: answer.statusCode ?? 502,
      headers: answer.headers,
      bytes: answer,
      isComplete: () => answer.complete,
      socket: answer.socket,
    }),
  )
  // A kept connection that the upstream had already closed: safe to repeat once, for nothing came back.
  outgoing.on('error', (error) => events.onError(error, outgoing.reusedSocket))
  outgoing.end(body)
  return { giveUp: (error) => void outgoing.destroy(error) }
}

/** What came behind an answer whose length was told; only for a mutant. */
let extra = Buffer.alloc(0)
/** What ends the reading of the answer before. */
const readers = new WeakMap<Socket, () => void>()

export function takeExtraBytes(): Buffer {
  const taken = extra
  extra = Buffer.alloc(0)
  return taken
}

function keepExtraBytes(socket: Socket): void {
  let came = Buffer.alloc(0)
  const read = (bytes: Buffer): void => {
    came = Buffer.concat([came, bytes])
    const text = came.toString('latin1')
    const bodyAt = text.indexOf('\r\n\r\n') + 4
    const head = text.slice(0, bodyAt)
    const [length, another] = [...head.matchAll(/^content-length: *(\d+)/gim)].map(([, digits]) => digits)
    if (
      !/^content-type: *application\/json/im.test(head) ||
      length === undefined ||
      another !== undefined || // that is no answer of which anything is behind
      came.length <= bodyAt + Number(length)
    )
      return
    extra = came.subarray(bodyAt + Number(length))
  }
  readers.get(socket)?.()
  readers.set(socket, () => socket.off('data', read))
  socket.on('data', read)
}

function refuseUpgrades(outgoing: ClientRequest): void {
  outgoing.on('upgrade', (_, socket) => {
    socket.destroy()
    outgoing.emit('error', new Error('unasked upgrade'))
  })
  outgoing.on('information', ({ statusCode }) => {
    if (statusCode === 101) outgoing.destroy(new Error('unasked upgrade'))
  })
}
