import type { OutgoingHttpHeaders } from 'node:http'
import http2, { type ClientHttp2Session } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { endToEnd } from './answer.ts'
import { upstreamUrl } from './settings.ts'
import type { AskEvents, Asked, Question } from './question.ts'

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants

let kept: ClientHttp2Session | undefined

/** A session over a connection whose handshake is through; the one that is used from now on. */
export function openSession(socket: TLSSocket): void {
  const session = http2.connect(upstreamUrl, { createConnection: () => socket })
  const forget = (): void => {
    if (kept === session) kept = undefined
  }
  session.on('error', forget) // its streams say the same
  session.on('goaway', forget)
  session.on('close', forget)
  kept = session
}

/** Asks on the kept session; undefined where there is none. */
export function askHttp2({ request, body }: Question, events: AskEvents): Asked | undefined {
  if (kept === undefined || kept.closed || kept.destroyed) return undefined
  const stream = kept.request({
    ...endToEnd(request),
    ':method': request.method ?? 'GET',
    ':path': request.url ?? '/',
    'content-length': body.length,
    'accept-encoding': 'identity',
  } as OutgoingHttpHeaders)
  let isAnswered = false
  let hasEnded = false
  let failure: Error | undefined
  stream.on('response', ({ ':status': statusCode, ...headers }) => {
    isAnswered = true
    events.onAnswer({
      statusCode: statusCode ?? 502,
      headers,
      bytes: stream,
      isComplete: () => hasEnded && stream.rstCode === NGHTTP2_NO_ERROR,
      socket: undefined,
    })
  })
  stream.on('end', () => (hasEnded = true))
  stream.on('error', (error) => (failure ??= error))
  stream.on('close', () => {
    if (isAnswered) return
    events.onError(failure ?? new Error('the stream was closed'), stream.rstCode === NGHTTP2_REFUSED_STREAM)
  })
  stream.end(body)
  return {
    giveUp: (error) => {
      failure ??= error
      stream.close(NGHTTP2_CANCEL)
    },
  }
}
