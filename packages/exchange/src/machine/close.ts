import type { Fault } from '@stopbit/faults'
import type { ExchangeEnding } from '../record.ts'
import type { Core } from './core.ts'

/** After the terminal event a connection is worth this much, for its reuse, and no more. */
const REUSE_DRAIN = { ms: 1_000, bytes: 64 * 1024 }
/** What is read for nobody when the client has gone and `onClientGone` is `drain`. */
const GONE_DRAIN = { ms: 60_000, bytes: 16 * 1024 * 1024 }

/**
 * Ends the response for the client; what is still to come of the upstream only serves the reuse of its connection. That is of
 * no use any more if it waits for the rest of an upload: it must not take for whole what it has of it.
 */
export function close(core: Core, ending: ExchangeEnding): void {
  if (core.attempts.isUploading) core.attempts.abort()
  const awaits = core.attempts.isUnderWay ? 'both' : 'downstream'
  startClosing(core, ending, awaits)
  if (awaits === 'both') {
    core.clocks.start('upstreamDrain', REUSE_DRAIN.ms)
    core.sink.resumeUpstream()
  }
  core.downstream.end()
}

/** Ends the exchange with an error that a caller in this process gets. What was sent before reaches it first. */
export function tell(core: Core, fault: Fault): void {
  core.record.note({ fault })
  core.attempts.abort()
  startClosing(core, 'thrown', 'downstream')
  core.downstream.throwFault(fault)
}

/** Closes the client's connection in such a way that the body does not look whole. */
export function leaveIncomplete(core: Core, fault: Fault): void {
  if (core.hasCaller) return tell(core, fault)
  core.attempts.abort()
  startClosing(core, 'incomplete', 'downstream')
  core.downstream.leaveIncomplete()
}

/** The client has gone: nobody needs the upstream any more, unless it is to be read to its end all the same. */
export function leaveUpstream(core: Core): void {
  if (core.options.onClientGone === 'abort' || !core.attempts.isUnderWay) {
    core.attempts.abort()
    return settle(core, 'client-gone')
  }
  startClosing(core, 'client-gone', 'upstream')
  core.downstream.gone()
  core.memory.taken()
  core.phase = { phase: 'closing', ending: 'client-gone', awaits: 'upstream', drainBytes: GONE_DRAIN.bytes }
  core.clocks.start('upstreamDrain', GONE_DRAIN.ms)
  core.sink.resumeUpstream()
}

/** Bytes of the upstream that nobody needs. */
export function drainUpstream(core: Core, byteLength: number, limit: number): void {
  core.drainedBytes += byteLength
  if (core.drainedBytes <= limit) return
  core.attempts.abort()
  over(core, 'upstream', 'cut')
}

/** One of the sides that a closing exchange waits for is through. */
export function over(core: Core, side: 'downstream' | 'upstream', how: 'whole' | 'cut'): void {
  if (core.phase.phase !== 'closing') return
  const { ending, awaits } = core.phase
  if (side === 'downstream') core.memory.taken()
  if (side === 'upstream' && ending === 'client-gone') core.record.note({ drained: how })
  if (awaits === side) return settle(core, ending)
  if (awaits === 'both') core.phase = { ...core.phase, awaits: side === 'upstream' ? 'downstream' : 'upstream' }
  core.clocks.stop(side === 'upstream' ? 'upstreamDrain' : 'downstreamStall')
}

function startClosing(core: Core, ending: ExchangeEnding, awaits: 'both' | 'downstream' | 'upstream'): void {
  core.clocks.stopAll()
  core.releaseRequest()
  core.memory.holdAnswer(0)
  core.phase = { phase: 'closing', ending, awaits, drainBytes: REUSE_DRAIN.bytes }
}

function settle(core: Core, ending: ExchangeEnding): void {
  core.phase = { phase: 'settled' }
  core.releaseRequest()
  core.memory.release()
  core.clocks.stopAll()
  core.clocks.arm()
  core.record.noteStream(core.finalizer, core.hasCommitted, core.drainedBytes)
  core.sink.settled(core.record.settle(ending, core.clocks.now))
}
