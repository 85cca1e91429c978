import { createFault } from '@stopbit/faults'
import type { Finalizer, Framing } from '@stopbit/sse'
import { headerValue, toDownstreamHeaders, toWholeBodyHeaders } from '../headers.ts'
import {
  codingOf,
  errorDataOf,
  isAnswering,
  isOver,
  isShort,
  isSideChannel,
  isWhole,
  openBody,
  withoutCoding,
  type EventStreamBody,
  type JsonBody,
  type RawBody,
} from '../open-body.ts'
import type { Head, HeldStream, SentHead } from '../phase.ts'
import type { HeaderList } from '../sink.ts'
import { close } from './close.ts'
import { commit } from './commit.ts'
import type { Core } from './core.ts'
import { answerAsUpstream, endBody, fail } from './end-answer.ts'
import { releaseIfLast, tryAgain } from './try-again.ts'

/** A JSON body that is held, with its head. */
interface HeldJson {
  readonly body: JsonBody
  readonly head: SentHead
  readonly response: Head
}

/** The upstream's head is here. */
export function takeHead(core: Core, status: number, headers: HeaderList): void {
  const { phase, clocks, attempts, record } = core
  if (!attempts.isUnderWay) return
  attempts.answered()
  if (phase.phase === 'closing') return core.releaseRequest()
  if (phase.phase !== 'asking' || phase.step !== 'sent') return
  clocks.stop('uploadStall')
  clocks.stop('poolWait')
  noteIds(core, headers)
  record.upstreamAnswered(status, clocks.now)
  if (tryAgain(core, { why: 'status', status, headers })) return
  core.downstream.upstreamAnswered()
  openAnswer(core, phase.head, { status, headers })
  releaseIfLast(core)
}

function noteIds(core: Core, headers: HeaderList): void {
  const { record } = core
  const xRequestId = headerValue(headers, 'x-request-id')
  const requestId = headerValue(headers, 'request-id') ?? xRequestId
  if (requestId !== undefined) core.requestId = requestId
  record.noteId('requestId', requestId)
  record.noteId('xRequestId', xRequestId)
  record.noteId('cfRay', headerValue(headers, 'cf-ray'))
}

/** What kind of body follows decides how long the head is held back. */
function openAnswer(core: Core, sentHead: SentHead, head: Head): void {
  const { options, sink, dialect } = core
  const { method, target } = core.context.request
  const createFinalizer = (framing: Framing): Finalizer => core.createFinalizer(framing)
  const body = openBody({ method, target, dialect, createFinalizer }, head)
  core.record.note({ sse: body.kind === 'event-stream' })
  // The client was promised a stream. Of anything else it can only be told what it says about an error.
  if (sentHead === 'sent' && body.kind === 'raw') {
    return answerAsUpstream(core, 'sent', { status: head.status, data: '' }, head)
  }
  const coding = codingOf(head.headers)
  if (coding !== undefined && body.kind !== 'raw' && !sink.decodeUpstream(coding)) {
    if (head.status < 400 || core.hasCaller) return fail(core, createFault('decode'))
    return answerAsUpstream(core, sentHead, { status: head.status, data: '' }, head)
  }
  const response = coding === undefined || body.kind === 'raw' ? head : withoutCoding(head)
  switch (body.kind) {
    case 'event-stream':
      return openStream(core, body, sentHead, response)
    case 'json': // the headers clock runs on until the body is whole
      core.clocks.start('stallWarn', options.stallWarnMs)
      core.phase = { phase: 'holding', head: sentHead, response, body }
      return
    case 'raw':
      startBodyClocks(core)
      core.clocks.start('commitAfter', options.commitAfterMs)
      core.phase = { phase: 'holding', head: 'held', response, body }
      return
    default:
      return body satisfies never
  }
}

function openStream(core: Core, stream: EventStreamBody, head: SentHead, response: Head): void {
  const { options, clocks } = core
  const { finalizer, framing } = stream
  const body: HeldStream = { ...stream, opening: [], openingBytes: 0 }
  core.finalizer = finalizer
  core.framing = framing
  clocks.stop('headers')
  core.phase = { phase: 'holding', head, response, body }
  // An unknown event stream that was asked for by GET is a side channel: it may rightly be silent for hours, so its head
  // waits for nothing, and TCP keep-alive alone bounds it.
  if (isSideChannel(core.context.request.method, body)) return void commit(core, body)
  startStreamClocks(core)
  if (options.commit === 'headers') return void commit(core, body)
  clocks.start('openingHold', options.openingHoldMs)
  if (head === 'held') clocks.start('commitAfter', options.commitAfterMs)
}

function startBodyClocks(core: Core): void {
  core.clocks.stop('headers')
  restartBodyClocks(core)
}

function restartBodyClocks({ clocks, options }: Core): void {
  clocks.start('idle', options.idleTimeoutMs)
  clocks.start('stallWarn', options.stallWarnMs)
}

function startStreamClocks(core: Core): void {
  startBodyClocks(core)
  core.clocks.start('progress', core.options.progressTimeoutMs)
}

/** Bytes of the answer. */
export function relayChunk(core: Core, bytes: Uint8Array): void {
  const { phase, clocks } = core
  if (phase.phase !== 'holding' && phase.phase !== 'committed') return
  phase.body.byteLength += bytes.byteLength
  if (clocks.isRunning('idle')) restartBodyClocks(core)
  if (phase.phase === 'committed') relay(core, phase.body, bytes)
  else if (phase.body.kind === 'json') holdJson(core, { ...phase, body: phase.body }, bytes)
  else if (phase.body.kind === 'event-stream') holdOpening(core, phase.body, bytes)
  else relay(core, commit(core, phase.body), bytes)
}

/** The answer's body ended, with complete framing. */
export function endAnswer(core: Core): void {
  const { phase } = core
  if (phase.phase !== 'holding' && phase.phase !== 'committed') return
  const { body } = phase
  if (body.kind !== 'json') return isShort(body) ? fail(core, createFault('body-truncated')) : endBody(core, body)
  if (phase.phase === 'holding') endJson(core, { ...phase, body })
}

function holdJson(core: Core, { body, head, response }: HeldJson, bytes: Uint8Array): void {
  body.chunks.push(bytes)
  core.clocks.start('stallWarn', core.options.stallWarnMs)
  if (body.byteLength <= core.options.maxJsonBytes && core.memory.holdAnswer(body.byteLength)) return
  if (head === 'sent') return answerAsUpstream(core, head, { status: response.status, data: '' }, response)
  startBodyClocks(core)
  core.releaseRequest()
  core.memory.handOver()
  const { byteLength, expectedBytes } = body
  core.phase = { phase: 'committed', body: { kind: 'raw', byteLength, expectedBytes } }
  core.downstream.sendHead(response.status, toDownstreamHeaders(response.headers), 'without-heartbeat')
  for (const chunk of body.chunks) core.downstream.send(chunk)
  if (core.downstream.keepsUp) core.memory.taken()
}

function endJson(core: Core, { body, head, response }: HeldJson): void {
  const { status, headers } = response
  if (!isWhole(body)) return fail(core, createFault('body-truncated'))
  const isAsItCame = core.hasCaller && head === 'held'
  const data = isAsItCame ? undefined : errorDataOf(body, response, core.requestDialect, head)
  if (data !== undefined) return answerAsUpstream(core, head, { status, data }, response)
  core.memory.handOver()
  core.downstream.sendHead(status, toWholeBodyHeaders(headers, body.byteLength), 'without-heartbeat')
  for (const chunk of body.chunks) core.downstream.send(chunk)
  close(core, 'completed')
}

function holdOpening(core: Core, body: HeldStream, bytes: Uint8Array): void {
  const { finalizer, opening } = body
  const result = finalizer.push(bytes, (events) => {
    opening.push(events)
    body.openingBytes += events.byteLength
  })
  if (finalizer.modelDataCount > 0) noteModelData(core)
  const fits = keepOpening(core, body)
  // A failure that comes first can still become a status.
  if (isAnswering(finalizer) || (!fits && !isOver(finalizer))) commit(core, body)
  goOn(core, body, result)
}

/** Keeps the opening and the event that is open behind it, if there is room. */
function keepOpening({ options, memory }: Core, { openingBytes, finalizer }: HeldStream): boolean {
  if (openingBytes > options.maxEventBytes) return false
  return memory.holdStream(openingBytes + finalizer.heldBytes)
}

function relay(core: Core, body: EventStreamBody | RawBody, bytes: Uint8Array): void {
  if (body.kind === 'raw') return core.downstream.send(bytes)
  const { finalizer } = body
  const { method } = core.context.request
  const isUnbounded = isSideChannel(method, body)
  const before = finalizer.modelDataCount
  const result = finalizer.push(bytes, core.downstream.send)
  if (isUnbounded && !isSideChannel(method, body)) startStreamClocks(core) // its first event has shown what it is
  if (finalizer.modelDataCount > before) noteModelData(core)
  goOn(core, body, result)
}

function noteModelData({ record, clocks, options }: Core): void {
  record.firstData(clocks.now)
  clocks.restart('progress', options.progressTimeoutMs)
}

/** The stream goes on, unless it has ended, its open event is too large, or there is no room left in the process for it. */
function goOn(core: Core, body: EventStreamBody, result: ReturnType<Finalizer['push']>): void {
  if (result === 'ended') return endBody(core, body)
  if (result === 'event-too-large') return fail(core, createFault('bad-framing'))
  // While the opening is held, the open event is held with it.
  const fits = core.phase.phase === 'holding' ? true : core.memory.holdStream(body.finalizer.heldBytes)
  if (!fits) return fail(core, createFault('internal'))
  awaitFinish(core, body.finalizer)
}

/** Without a terminal event, silence after the stop reasons is the end; until then usage may follow. */
function awaitFinish({ clocks, options }: Core, { state, dialect }: Finalizer): void {
  if (dialect.completeWith !== 'stop-reasons') return
  // Some models put a stop reason into every chunk: what talks on has not finished.
  if (state.phase === 'stopping') clocks.start('finishGrace', options.finishGraceMs)
  else clocks.stop('finishGrace')
}
