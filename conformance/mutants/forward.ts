import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { sendError } from './answer.ts'
import { dialectOf } from './dialects.ts'
import { isStream, relayOpaque, relayWhole } from './relay-whole.ts'
import { relayStream } from './relay-stream.ts'
import { headersTimeoutMs, is } from './settings.ts'
import { at, parseObject } from './stream-state.ts'
import { openBody } from './upstream-body.ts'
import type { Asked, UpstreamAnswer } from './question.ts'
import { ask } from './upstream.ts'

/** One request of the client, read to its end. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly response: ServerResponse
}

/** Sends the request on and relays the answer, or says in the client's dialect why there is none. */
export function forward(exchange: Exchange, attempt = 1): void {
  const { request, body, response } = exchange
  if (is('fault-connection-reused') && reuse(exchange)) return
  const dialect = dialectOf(request.url)
  let late = false
  let answered = false
  const giveUp = (): void => {
    late = true
    asked.giveUp(new Error('timeout'))
  }
  const headersTimer = setTimeout(giveUp, headersTimeoutMs)
  const onError = (error: Error, mayRepeat: boolean): void => {
    clearTimeout(headersTimer)
    if (answered || response.headersSent || response.destroyed) return
    if (mayRepeat && attempt === 1 && !late) return forward(exchange, 2)
    if (is('retry-after-read') && attempt === 1 && !late) return forward(exchange, 2)
    if (is('destroy-before-head')) return void response.destroy()
    if (is('exit-on-error')) process.exit(1)
    if (is('swallow-before-head')) return
    const message = is('error-text-leaked') ? error.message : 'The upstream could not be reached or gave no answer.'
    sendError(response, dialect, { status: late ? 504 : 502, message })
  }
  const onAnswer = (answer: UpstreamAnswer): void => {
    answered = true
    clearTimeout(headersTimer)
    relay(answer, exchange)
  }
  const asked: Asked = ask({ request, body }, { onAnswer, onError, onLate: giveUp })
  // The client has gone before its answer was through.
  response.on('close', () => {
    clearTimeout(headersTimer)
    if (!response.writableFinished && !is('upstream-kept')) asked.giveUp()
  })
}

function relay(answer: UpstreamAnswer, exchange: Exchange): void {
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
