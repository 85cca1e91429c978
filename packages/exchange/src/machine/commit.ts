import type { ClockName } from '../clocks.ts'
import { toDownstreamHeaders, toEventStreamHeaders } from '../headers.ts'
import type { RawBody } from '../open-body.ts'
import type { Head, HeldStream } from '../phase.ts'
import type { Core } from './core.ts'

/** What they waited for is decided. */
const COMMIT_CLOCKS: readonly ClockName[] = ['commitAfter', 'openingHold', 'earlyCommit']

/** Sends what was held back: the head, if the client has none yet, and the opening events of a stream. */
export function commit<Held extends HeldStream | RawBody>(core: Core, body: Held): Held {
  if (core.phase.phase !== 'holding') return body
  const { response } = core.phase
  for (const name of COMMIT_CLOCKS) core.clocks.stop(name)
  core.releaseRequest()
  core.hasCommitted = true
  if (body.kind === 'event-stream') {
    sendStreamHead(core, response, body)
    core.phase = { phase: 'committed', body }
    for (const events of body.opening.splice(0)) core.downstream.send(events)
  } else {
    core.phase = { phase: 'committed', body }
    core.downstream.sendHead(response.status, toDownstreamHeaders(response.headers), 'without-heartbeat')
  }
  return body
}

/** The head will not wait any longer for the first model data; the opening events still do. */
export function sendStreamHead(core: Core, response: Head, body: HeldStream): void {
  if (core.phase.phase === 'holding' && core.phase.head === 'sent') return
  core.phase = { phase: 'holding', head: 'sent', response, body }
  core.downstream.sendHead(response.status, toEventStreamHeaders(response.headers), 'with-heartbeat')
}

/** The front will not wait any longer for a byte: the client gets the head of a stream that may never come, and a comment. */
export function commitEarly(core: Core): void {
  const { phase } = core
  if (phase.phase === 'holding' && phase.body.kind === 'event-stream') {
    sendStreamHead(core, phase.response, phase.body)
  } else if (phase.phase === 'asking' && phase.head === 'held') {
    core.phase = { ...phase, head: 'sent' }
    core.finalizer = core.createFinalizer('event-stream')
    const headers = ['content-type', 'text/event-stream; charset=utf-8', 'x-request-id', core.requestId]
    core.downstream.sendHead(200, toEventStreamHeaders(headers), 'with-heartbeat')
  } else return
  sendHeartbeat(core)
}

/** Says "still alive", in the form that the stream is ready for. */
export function sendHeartbeat(core: Core): void {
  const handedOut = core.phase.phase === 'committed' ? 'sent' : 'held'
  core.downstream.sendHeartbeat(core.finalizer?.heartbeat(handedOut))
}
