import { createFault, type Fault } from '@stopbit/faults'
import type { Closing, ErrorResponse, Finalizer, Refusal, UpstreamError } from '@stopbit/sse'
import { proxyStatusHeader, toDownstreamHeaders, toErrorHeaders } from '../headers.ts'
import { isOver, type EventStreamBody, type JsonBody, type RawBody } from '../open-body.ts'
import type { Head, HeldStream, SentHead } from '../phase.ts'
import type { HeaderList } from '../sink.ts'
import { close, leaveIncomplete, tell } from './close.ts'
import { commit } from './commit.ts'
import type { Core } from './core.ts'
import { tryAgain } from './try-again.ts'

/** A body that is held, and its head. */
interface Held {
  readonly head: SentHead
  readonly response: Head
}

/** Nothing can come of the attempt. If no event of it went out, the request may be sent again; else the client is told. */
export function fail(
  core: Core,
  fault: Fault,
  attempt: { readonly wasSent: boolean; readonly isUnknown?: boolean } = { wasSent: true },
): void {
  if (isClosing(core)) return
  if (!tryAgain(core, { why: 'fault', fault, ...attempt })) giveUp(core, fault)
}

/** Ends the response now, whatever more could be tried. */
export function giveUp(core: Core, fault: Fault): void {
  if (isClosing(core)) return
  core.record.upstreamOver(core.clocks.now)
  core.attempts.abort()
  const { phase } = core
  if (phase.phase === 'asking') return respond(core, phase.head, fault)
  if (phase.phase !== 'holding' && phase.phase !== 'committed') return
  const { body } = phase
  if (body.kind !== 'json') endBody(core, body, fault)
  else if (phase.phase === 'holding') endCutJson(core, body, phase, fault)
}

/** The body of an error may be lost, but its status is not: a 401 stays one, and so does a `retry-after`. */
function endCutJson(core: Core, body: JsonBody, { head, response }: Held, fault: Fault): void {
  const { status, headers } = response
  if (status < 400 || (core.hasCaller && head === 'sent')) return respond(core, head, fault)
  if (core.hasCaller) {
    core.memory.handOver()
    core.downstream.sendHead(status, toDownstreamHeaders(headers), 'without-heartbeat')
    for (const chunk of body.chunks) core.downstream.send(chunk)
    return tell(core, fault)
  }
  core.record.note({ fault })
  answerAsUpstream(core, head, { status, data: '' }, response)
}

/** Ends a body: cleanly if `fault` is left out. While the client has no head, a fault becomes a real status. */
export function endBody(core: Core, body: EventStreamBody | HeldStream | RawBody, fault?: Fault): void {
  if (body.kind === 'raw') return endRaw(core, body, fault)
  const { finalizer } = body
  const closing = finalizer.end(fault)
  const cut = fault ?? cutOf(closing, finalizer)
  if (endUntold(core, finalizer, closing, { fault, cut })) return
  // A fault behind the answer's end is none of it.
  if (cut !== undefined && closing.ending !== 'completed') core.record.note({ fault: cut })
  if ('opening' in body) commit(core, body)
  endInBand(core, closing, isComplete(closing) ? undefined : cut)
}

/** An end without a fault that is no end of the answer. */
function cutOf(closing: Closing, finalizer: Finalizer): Fault | undefined {
  return isComplete(closing) || isOver(finalizer) ? undefined : createFault('body-truncated')
}

function isComplete({ ending }: Closing): boolean {
  return ending === 'completed' || ending === 'completed-sentinel'
}

/**
 * Ends a stream of which no event went out in a better way than in band: with another attempt, or with a real status.
 * `fault` has been tried again already, `cut` has not.
 *
 * @returns whether there is a better way.
 */
function endUntold(
  core: Core,
  { state }: Finalizer,
  closing: Closing,
  { fault, cut }: { readonly fault: Fault | undefined; readonly cut: Fault | undefined },
): boolean {
  if (core.phase.phase !== 'holding') return false
  const { head, response } = core.phase
  if (state.phase === 'failed') {
    const said = { data: state.untold ?? state.error }
    const { status } = core.dialect.errorResponse({ answer: said }, core.requestId)
    if (tryAgain(core, { why: 'status', status, headers: response.headers })) return true
    if (head === 'sent' || core.hasCaller) return false
    answerAsUpstream(core, head, said, response)
    return true
  }
  if (cut === undefined || isComplete(closing)) return false
  if (fault === undefined && tryAgain(core, { why: 'fault', fault: cut, wasSent: true })) return true
  if (head === 'held') respond(core, head, cut)
  return head === 'held'
}

function endRaw(core: Core, body: RawBody, fault: Fault | undefined): void {
  if (fault !== undefined && core.phase.phase === 'holding') return respond(core, 'held', fault)
  commit(core, body)
  if (fault === undefined) return close(core, 'completed')
  core.record.note({ fault })
  leaveIncomplete(core, fault)
}

/** Answers a fault: with an error response of ours, or, if a stream was promised, with an error event. */
function respond(core: Core, head: SentHead, fault: Fault): void {
  if (core.hasCaller) return tell(core, fault)
  core.record.note({ fault })
  if (head === 'sent') return endInBand(core, core.createFinalizer(core.framing).end(fault))
  answer(core, core.dialect.errorResponse({ fault }, core.requestId), proxyStatusHeader(fault))
}

/** Passes on a failure that the upstream has told itself: as a real status, or within the stream that was promised. */
export function answerAsUpstream(core: Core, sentHead: SentHead, error: UpstreamError, { headers }: Head): void {
  if (sentHead === 'sent') return sayInBand(core, error)
  const response = core.dialect.errorResponse({ answer: error }, core.requestId)
  answer(core, response, toErrorHeaders(headers, response.headers))
}

/** Answers a request that will not be sent on, or no further. */
export function refuse(core: Core, refusal: Refusal): void {
  const { phase } = core
  if (phase.phase !== 'asking') return
  core.attempts.abort()
  if (core.hasCaller) return tell(core, unsendable(refusal, phase.step === 'accepting'))
  const response = core.requestDialect.errorResponse({ refusal }, core.requestId)
  if (phase.head === 'sent') sayInBand(core, { status: response.status, data: response.body })
  else answer(core, response, [])
}

/** To its caller, a request that is refused is one that could not be sent. */
function unsendable({ status }: Refusal, isUnsent: boolean): Fault {
  const retrySafety = isUnsent ? 'never-sent' : 'maybe-processed'
  return createFault(status === 408 ? 'upload-broken' : 'internal', { phase: 'send', retrySafety })
}

function answer(core: Core, { status, headers, body }: ErrorResponse, more: HeaderList): void {
  const bytes = new TextEncoder().encode(body)
  const length = ['content-length', String(bytes.byteLength)]
  core.downstream.sendHead(status, [...headers, ...length, ...more], 'without-heartbeat')
  core.downstream.send(bytes)
  close(core, 'error-status')
}

/** Says an error in a stream that was promised with its head, and of which no event came. */
function sayInBand(core: Core, error: UpstreamError): void {
  const { dialect, framing, options, requestId } = core
  const failed = dialect.failedState(error, framing)
  if (failed.phase === 'failed') core.record.note({ upstreamError: failed.errorType })
  const openEvent = new Uint8Array(0)
  const context = { fault: undefined, policy: options.ending, openEvent, lineEnding: '\n', requestId } as const
  endInBand(core, dialect.close(failed, context))
}

/** `cut`: what cut the answer short; of that a caller in this process is told, behind what is the upstream's own. */
function endInBand(core: Core, { ending, bytes, tailBytes = 0 }: Closing, cut?: Fault): void {
  const isTold = core.hasCaller && cut !== undefined
  const last = isTold ? bytes.subarray(0, tailBytes) : bytes
  if (last.byteLength > 0) core.downstream.send(last)
  if (isTold) tell(core, cut)
  else if (ending === 'incomplete') leaveIncomplete(core, cut ?? createFault('body-truncated'))
  else close(core, ending)
}

function isClosing({ phase }: Core): boolean {
  return phase.phase === 'closing' || phase.phase === 'settled'
}
