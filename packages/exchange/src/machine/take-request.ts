import type { Refusal, RequestFacts } from '@stopbit/sse'
import type { RequestBodyKind } from '../attempts.ts'
import { headerValue, toUpstreamHeaders } from '../headers.ts'
import { headersLimitMs, MIN_HEADERS_MS } from '../headers-limit.ts'
import { toOriginForm, withoutKey } from '../request-target.ts'
import type { HeaderList } from '../sink.ts'
import type { Core } from './core.ts'
import { refuse } from './end-answer.ts'
import { releaseIfLast } from './try-again.ts'

const DOT_SEGMENTS: Refusal = {
  status: 400,
  sentence:
    'The path of this request has dot segments, which this gateway does not pass on. Send the path without them.',
}

const NO_TUNNEL: Refusal = {
  status: 400,
  sentence: 'This gateway is no forward proxy. Set it as the base URL of the API client, not as its HTTP proxy.',
}

/** Codex falls back to plain HTTP at this status, and at no other without five attempts. Source: its `core/src/client.rs`. */
const NO_WEBSOCKET: Refusal = {
  status: 426,
  sentence: 'This gateway does not speak WebSocket. Send the request as a plain HTTP POST.',
}

export const UPLOAD_STALLED: Refusal = {
  status: 408,
  sentence: 'The rest of this request did not arrive in time. Send it again.',
}

const NO_ROOM: Refusal = {
  status: 503,
  sentence: 'The gateway has no room for this request at the moment. Wait a moment, then send it again.',
}

/** We wait for bytes of the request's body. */
export function awaitUpload({ phase, clocks, options, attempts, memory }: Core): void {
  if (phase.phase === 'asking') clocks.start('uploadStall', options.uploadStallMs)
  attempts.uploadGoesOn()
  if (attempts.isUploading && !attempts.isSendingKept) memory.holdRequest(0)
}

/** Bytes of the request's body are here: whether there is room to keep them. */
export function takeUpload(core: Core, byteLength: number): 'keep' | 'stream' {
  const { phase, clocks, options, record, memory } = core
  const { mayStreamRequest = true } = core.context
  clocks.stop('uploadStall')
  record.requestReceived(byteLength)
  if (byteLength === 0) core.attempts.uploadEnded()
  if (phase.phase !== 'asking' || phase.step !== 'accepting') return 'stream'
  core.requestBytes += byteLength
  const isTooLarge = mayStreamRequest && core.requestBytes > options.maxReplayBytes
  if (!isTooLarge && memory.holdRequest(core.requestBytes)) return 'keep'
  if (!mayStreamRequest) refuse(core, NO_ROOM)
  return 'stream'
}

/** The request may be sent on. */
export function sendRequest(core: Core, facts: RequestFacts, body: RequestBodyKind): void {
  const { phase, clocks, requestDialect, record } = core
  const { request, basePath = '', credential } = core.context
  if (phase.phase !== 'asking' || phase.step !== 'accepting') return
  if (body !== 'streamed') clocks.stop('uploadStall')
  const target = toOriginForm(request.target)
  const asksForStream = requestDialect.asksForStream(target ?? '', facts)
  core.facts = facts
  record.noteFacts(facts, asksForStream)
  if (request.method === 'CONNECT') return refuse(core, NO_TUNNEL)
  if (asksForWebSocket(request.headers)) return refuse(core, NO_WEBSOCKET)
  if (target === undefined) return refuse(core, DOT_SEGMENTS)
  startClocks(core, target, asksForStream)
  core.phase = { phase: 'asking', step: 'sent', head: 'held' }
  const headers = toUpstreamHeaders(request, requestDialect, credential)
  const path = basePath + (credential === undefined ? target : withoutKey(target))
  const upstreamRequest = { method: request.method, path, headers }
  core.attempts.start(upstreamRequest, request.headers, requestDialect.isReplayable(facts), body)
  releaseIfLast(core)
}

/** Other protocols that are offered (`h2c`, by every cleartext request of Java's client) may be ignored: RFC 9110 §7.8. */
function asksForWebSocket(headers: HeaderList): boolean {
  return /(?:^|,)\s*websocket\s*(?:,|$)/i.test(headerValue(headers, 'upgrade') ?? '')
}

/** They run from the accepted request: the time that its upload took is gone. */
function startClocks(core: Core, target: string, asksForStream: boolean): void {
  const { clocks, options } = core
  const { headers } = core.context.request
  const spentMs = clocks.now - core.acceptedAt
  const headersMs = Math.max(MIN_HEADERS_MS, headersLimitMs(headers, asksForStream, options) - spentMs)
  core.headersDeadline = clocks.now + headersMs
  clocks.start('headers', headersMs)
  clocks.start('total', options.totalTimeoutMs - spentMs)
  if (asksForStream && mayPromise(core, target))
    clocks.start('earlyCommit', Math.max(0, options.earlyCommitMs - spentMs))
}

/** Whether the head of an event stream may be sent before the upstream's: if nothing else may come, and it could be told in. */
function mayPromise({ requestDialect }: Core, target: string): boolean {
  const isArray = requestDialect.framingOf('application/json', target) !== undefined
  return requestDialect.completeWith !== 'clean-end' && !isArray
}
