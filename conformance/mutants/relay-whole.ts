import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { ProxyDialect } from './dialects.ts'
import { endToEnd, sendError } from './answer.ts'
import { idleTimeoutMs, is } from './settings.ts'
import { parseObject } from './stream-state.ts'
import type { UpstreamBody } from './upstream-body.ts'
import { takeExtraBytes } from './upstream-http1.ts'
import type { UpstreamAnswer } from './question.ts'

/** How an answer that is no stream is handled. */
interface WholeOptions {
  readonly dialect: ProxyDialect | undefined
  /** Whose healthy answers the mutant refuses; not those of the control request. */
  readonly refuse: boolean
}

export function isStream({ headers, statusCode }: UpstreamAnswer): boolean {
  return statusCode === 200 && /^text\/event-stream/i.test(headers['content-type'] ?? '')
}

/** A body that is no stream is held until it is whole, so that a cut one can still become an error. */
export function relayWhole(
  { answer, bytes, isWhole }: UpstreamBody,
  response: ServerResponse,
  options: WholeOptions,
): void {
  const kept = is('extra-bytes-kept') ? takeExtraBytes() : Buffer.alloc(0)
  const parts: Buffer[] = []
  const stop = limitSilence(bytes)
  bytes.on('data', (part: Buffer) => parts.push(part))
  bytes.on('error', () => undefined)
  bytes.on('close', () => {
    stop()
    if (response.destroyed) return
    const own = Buffer.concat(parts)
    const body = Buffer.concat([kept, own])
    if (!isWhole() || isHalfJson(answer, own)) return endCut(response, answer, { body, dialect: options.dialect })
    if (is('upstream-error-rewritten') && answer.statusCode >= 400)
      return sendError(response, options.dialect, { status: answer.statusCode, message: 'The upstream refused.' })
    if (is('json-refused') && options.refuse && answer.statusCode === 200)
      return sendError(response, options.dialect, { status: 502, message: 'Not today.' })
    if (answer.statusCode >= 500 && !isJson(answer))
      return sendError(response, options.dialect, { status: answer.statusCode, message: 'The upstream failed.' })
    response.writeHead(answer.statusCode, { ...endToEnd(answer), 'content-length': body.length })
    response.end(body)
  })
}

interface CutBody {
  readonly body: Buffer
  readonly dialect: ProxyDialect | undefined
}

function endCut(response: ServerResponse, answer: UpstreamAnswer, { body, dialect }: CutBody): void {
  const { 'content-length': _, ...headers } = endToEnd(answer)
  if (is('error-in-json') || is('cut-json-ended')) {
    response.writeHead(answer.statusCode, headers)
    response.end(
      is('cut-json-ended') ? body : `${body.toString()}event: error\ndata: {"error":{"message":"Lost."}}\n\n`,
    )
    return
  }
  const array = is('array-closed') ? closedArray(body.toString()) : undefined
  if (array !== undefined) {
    response.writeHead(answer.statusCode, headers)
    return void response.end(array)
  }
  sendError(response, dialect, {
    status: 502,
    message: 'The upstream connection ended before the answer was complete.',
  })
}

/** A cut array with what is whole of it; only for a mutant. */
function closedArray(text: string): string | undefined {
  if (!text.startsWith('[')) return undefined
  for (let end = text.lastIndexOf('}'); end > 0; end = text.lastIndexOf('}', end - 1)) {
    const closed = `${text.slice(0, end + 1)}]`
    if (parseObject(closed) !== undefined) return closed
  }
  return '[]'
}

/** An event stream of an unknown kind: bytes as they come. A cut one is left incomplete, which is all that can be said. */
export function relayOpaque({ answer, bytes, isWhole }: UpstreamBody, response: ServerResponse): void {
  response.writeHead(answer.statusCode, endToEnd(answer))
  response.flushHeaders()
  const stop = limitSilence(bytes)
  bytes.on('data', (part: Buffer) => response.write(part))
  bytes.on('error', () => undefined)
  bytes.on('close', () => {
    stop()
    if (isWhole() || is('cut-opaque-ended')) return void response.end()
    const injected = is('error-in-opaque') ? 'event: error\ndata: {"error":{"message":"Lost."}}\n\n' : ''
    response.write(injected, () => response.destroy())
  })
}

function limitSilence(bytes: Readable): () => void {
  let timer = setTimeout(() => bytes.destroy(), idleTimeoutMs)
  bytes.on('data', () => {
    clearTimeout(timer)
    timer = setTimeout(() => bytes.destroy(), idleTimeoutMs)
  })
  return () => clearTimeout(timer)
}

/** Ended in good order, and yet not whole: an array of chunks whose upstream stopped, for one. */
function isHalfJson(answer: UpstreamAnswer, body: Buffer): boolean {
  return answer.statusCode === 200 && isJson(answer) && parseObject(body.toString()) === undefined
}

function isJson({ headers }: UpstreamAnswer): boolean {
  return /^application\/json/i.test(headers['content-type'] ?? '')
}
