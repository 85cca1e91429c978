import { createFault, type Fault } from '@stopbit/faults'
import type { Closing, ErrorResponse, Finalizer, Refusal, UpstreamError } from '@stopbit/sse'
import { proxyStatusHeader, toErrorHeaders } from '../headers.ts'
import { isOver, type EventStreamBody, type RawBody } from '../open-body.ts'
import type { Head, HeldStream, SentHead } from '../phase.ts'
import type { HeaderList } from '../sink.ts'
import { close, leaveIncomplete } from './close.ts'
import { commit } from './commit.ts'
import type { Core } from './core.ts'
import { tryAgain } from './try-again.ts'

/** Nothing can come of the attempt. If no event of it went out, the request may be sent again; else the client is told. */
export function fail(core: Core, fault: Fault, wasSent = true): void {
  if (isClosing(core)) return
  if (!tryAgain(core, { why: 'fault', fault, wasSent })) giveUp(core, fault)
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
  else if (phase.phase === 'holding') endCutJson(core, phase.head, phase.response, fault)
}

/** The body of an error may be lost, but its status is not: a 401 stays one, and so does a `retry-after`. */
function endCutJson(core: Core, sentHead: SentHead, head: Head, fault: Fault): void {
  if (head.status < 400) return respond(core, sentHead, fault)
  core.record.note({ fault })
  answerAsUpstream(core, sentHead, { status: head.status, data: '' }, head)
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
  endInBand(core, closing)
}

/** An end without a fault that is no end of the answer. */
function cutOf({ ending }: Closing, finalizer: Finalizer): Fault | undefined {
  const isEnd = ending === 'completed' || ending === 'completed-sentinel' || isOver(finalizer)
  return isEnd ? undefined : createFault('body-truncated')
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
  { ending }: Closing,
  { fault, cut }: { readonly fault: Fault | undefined; readonly cut: Fault | undefined },
): boolean {
  if (core.phase.phase !== 'holding') return false
  const { head, response } = core.phase
  if (state.phase === 'failed') {
    const said = { data: state.untold ?? state.error }
    const { status } = core.dialect.errorResponse({ answer: said }, core.requestId)
    if (tryAgain(core, { why: 'status', status, headers: response.headers })) return true
    if (head === 'held') answerAsUpstream(core, head, said, response)
    return head === 'held'
  }
  if (cut === undefined || ending === 'completed' || ending === 'completed-sentinel') return false
  if (fault === undefined && tryAgain(core, { why: 'fault', fault: cut, wasSent: true })) return true
  if (head === 'held') respond(core, head, cut)
  return head === 'held'
}

function endRaw(core: Core, body: RawBody, fault: Fault | undefined): void {
  if (fault !== undefined && core.phase.phase === 'holding') return respond(core, 'held', fault)
  commit(core, body)
  if (fault === undefined) return close(core, 'completed')
  core.record.note({ fault })
  leaveIncomplete(core)
}

/** Answers a fault: with an error response of ours, or, if a stream was promised, with an error event. */
function respond(core: Core, head: SentHead, fault: Fault): void {
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
  const response = core.requestDialect.errorResponse({ refusal }, core.requestId)
  if (phase.head === 'sent') sayInBand(core, { status: response.status, data: response.body })
  else answer(core, response, [])
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

function endInBand(core: Core, { ending, bytes }: Closing): void {
  if (bytes.byteLength > 0) core.downstream.send(bytes)
  if (ending === 'incomplete') leaveIncomplete(core)
  else close(core, ending)
}

function isClosing({ phase }: Core): boolean {
  return phase.phase === 'closing' || phase.phase === 'settled'
}
