import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { connect, rootCertificates, type TLSSocket } from 'node:tls'
import { askHttp1, keepForHttp1 } from './upstream-http1.ts'
import { askHttp2, openSession } from './upstream-http2.ts'
import { connectTimeoutMs, is, upstreamCaFile, upstreamUrl } from './settings.ts'

/** What is asked of the upstream. */
export interface Question {
  readonly request: IncomingMessage
  readonly body: Buffer
}

/** The head of an answer, and its body as it comes. */
export interface UpstreamAnswer {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Readable
  /** Whether the body came to the end that its framing tells. */
  readonly isComplete: () => boolean
  /** Of HTTP/1.1 only. */
  readonly socket: Socket | undefined
}

/** What comes of a question. After `onAnswer` the body says the rest. */
export interface AskEvents {
  readonly onAnswer: (answer: UpstreamAnswer) => void
  /** `mayRepeat`: the upstream cannot have worked on it. */
  readonly onError: (error: Error, mayRepeat: boolean) => void
  /** The connection was not made in time. */
  readonly onLate: () => void
}

/** A question that is under way. */
export interface Asked {
  readonly giveUp: (error?: Error) => void
}

export const isSecure: boolean = upstreamUrl.protocol === 'https:'
export const ca: string[] | undefined =
  upstreamCaFile === undefined ? undefined : [...rootCertificates, readFileSync(upstreamCaFile, 'utf8')]

/** What ALPN said the last time. */
let protocol: 'unknown' | 'http1' | 'http2' = 'unknown'

/** Asks over HTTP/2 where the upstream chooses it, otherwise over HTTP/1.1. */
export function ask(question: Question, events: AskEvents): Asked {
  if (!isSecure || protocol === 'http1') return askHttp1(question, events)
  const under = protocol === 'http2' ? askHttp2(question, events) : undefined
  return under ?? askOnNewConnection(question, events)
}

/** The first connection asks which protocol is spoken, and is then used. */
function askOnNewConnection(question: Question, events: AskEvents): Asked {
  const socket = connect({
    host: upstreamUrl.hostname,
    port: Number(upstreamUrl.port),
    ALPNProtocols: ['h2', 'http/1.1'],
    ...(ca === undefined ? {} : { ca }),
  })
  limitConnect(socket, events.onLate)
  const fail = (error: Error): void => events.onError(error, false)
  let asked: Asked = { giveUp: (error) => void socket.destroy(error ?? new Error('given up')) }
  socket.once('error', fail)
  socket.once('secureConnect', () => {
    socket.off('error', fail)
    protocol = socket.alpnProtocol === 'h2' ? 'http2' : 'http1'
    if (protocol === 'http2') openSession(socket)
    else keepForHttp1(socket)
    asked = (protocol === 'http2' ? askHttp2(question, events) : undefined) ?? askHttp1(question, events)
  })
  return { giveUp: (error) => asked.giveUp(error) }
}

/** A connection that is taken from the pool is there already. */
export function limitConnect(socket: Socket, onLate: () => void): void {
  if (is('no-connect-timer') || (!socket.connecting && !isHandshaking(socket))) return
  const timer = setTimeout(onLate, connectTimeoutMs)
  socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(timer))
  socket.once('close', () => clearTimeout(timer))
}

function isHandshaking(socket: Socket): boolean {
  return isSecure && (socket as TLSSocket).getProtocol() === null
}
