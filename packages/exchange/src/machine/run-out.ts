import { createFault } from '@stopbit/faults'
import type { ClockName } from '../clocks.ts'
import { over } from './close.ts'
import { commit, commitEarly, sendHeartbeat, sendStreamHead } from './commit.ts'
import type { Core } from './core.ts'
import { endBody, fail, refuse } from './end-answer.ts'
import { observe } from './observe.ts'
import { UPLOAD_STALLED } from './take-request.ts'
import { sendAgain } from './try-again.ts'

/** The clocks that cut an answer if its silence lasts. */
const CUTTING: readonly ClockName[] = ['headers', 'idle', 'progress', 'total']

/** A clock has run out. */
export function runOut(core: Core, name: ClockName): void {
  const { phase, record, sink } = core
  switch (name) {
    case 'uploadStall':
      record.note({ clientStalled: true })
      return refuse(core, UPLOAD_STALLED)
    case 'poolWait':
      return fail(core, createFault('pool-full'), { wasSent: false })
    case 'retry':
      return sendAgain(core)
    case 'idle':
      return fail(core, createFault('body-timeout'))
    case 'progress':
      return fail(core, createFault('progress-timeout'))
    case 'headers': // also bounds a JSON body, whose head is here
    case 'total':
      return fail(core, createFault(phase.phase === 'asking' ? 'headers-timeout' : 'body-timeout'))
    case 'stallWarn':
      return warn(core)
    case 'earlyCommit':
      return commitEarly(core)
    case 'commitAfter':
    case 'openingHold':
      return stopHolding(core, name)
    case 'finishGrace':
      core.attempts.abort()
      if (phase.phase === 'committed') endBody(core, phase.body)
      return
    case 'heartbeat':
      return sendHeartbeat(core)
    case 'downstreamStall':
      record.note({ clientStalled: true })
      return sink.abortDownstream() // its going comes back as `downstreamGone`
    case 'upstreamDrain':
      core.attempts.abort()
      return over(core, 'upstream', 'cut')
    default:
      return name satisfies never
  }
}

function warn({ sink, record, finalizer, clocks }: Core): void {
  const warning = record.stalled(finalizer, clocks.leftMs(CUTTING), clocks.now)
  observe(sink, () => sink.stalled(warning))
}

function stopHolding(core: Core, name: 'commitAfter' | 'openingHold'): void {
  const { phase } = core
  if (phase.phase !== 'holding' || phase.body.kind === 'json') return
  if (name === 'commitAfter' && phase.body.kind === 'event-stream') sendStreamHead(core, phase.response, phase.body)
  else commit(core, phase.body)
}
