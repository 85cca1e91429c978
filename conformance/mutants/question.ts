import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { rootCertificates, type TLSSocket } from 'node:tls'
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
