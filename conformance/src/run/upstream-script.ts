import {
  isFaultStep,
  type BarrierStep,
  type ExpectAbortStep,
  type UpstreamConnectionScript,
  type UpstreamStep,
} from '@stopbit/traces'
import { matchBody } from '../judge/match-body.ts'
import { noteStep } from './note-step.ts'
import { busy, pass } from './pace.ts'
import { playWireStep, type Next } from './play-wire-step.ts'
import type { Stage } from './stage.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** How long no byte may have moved for `client-quiet` to hold. Not scaled: it waits for a proxy's bytes to settle, not for its clocks. */
const QUIET_MS = 300

/** Plays one connection's script. Never rejects; a step that the target made impossible ends the script there. */
export async function playUpstream(
  stage: Stage,
  connection: UpstreamConnection,
  { script }: UpstreamConnectionScript,
): Promise<void> {
  let next: Next = 'again'
  stage.activity.playing += 1
  while (next === 'again') {
    for (const step of script) {
      next = await playStep(stage, connection, step)
      stage.board.changed()
      if (next !== 'next') break
    }
  }
  stage.activity.playing -= 1
  stage.board.changed()
  connection.endScript()
}

async function playStep(stage: Stage, connection: UpstreamConnection, step: UpstreamStep): Promise<Next> {
  if (stage.ended.aborted) return 'stop'
  if (connection.closed && step.do !== 'expect-abort') return 'stop' // the fault has not run, which attestation will say
  if (stage.beginStep(step) === 'skip') return 'next'
  noteStep(stage, connection.name, step)
  if (isFaultStep(step)) connection.record.faultAt = performance.now()
  switch (step.do) {
    case 'accept':
      connection.pause()
      await busy(stage, () => pass(stage, stage.scaled(step.delayMs)))
      connection.resume()
      return 'next'
    case 'refuse':
      return 'stop' // played by the listener; a connection that comes all the same is not answered
    case 'read-request':
      return await readRequest(stage, connection, step.until ?? 'body')
    case 'wait':
      await busy(stage, () => pass(stage, stage.scaled(step.ms, step.scale)))
      return 'next'
    case 'barrier':
      await busy(stage, () => playBarrier(stage, connection, step))
      return 'next'
    case 'stall':
      stage.beginStall(step.boundedBy)
      return 'stop'
    case 'expect-abort':
      await expectAbort(stage, connection, step)
      return 'next'
    case 'loop':
      return 'again'
    case 'variant':
      return 'stop' // a permutation has none: its own steps stand there
    default:
      return await playWireStep(stage, connection, step)
  }
}

async function readRequest(stage: Stage, connection: UpstreamConnection, until: 'head' | 'body'): Promise<Next> {
  stage.activity.playing -= 1 // a script that waits for a request that nobody may send does not hold up the end
  const came = await connection.nextRequest(until)
  stage.activity.playing += 1
  return came ? 'next' : 'stop'
}

async function playBarrier(stage: Stage, connection: UpstreamConnection, step: BarrierStep): Promise<void> {
  if (step.until === 'client-closed') stage.awaitLeave()
  const held = await stage.board.until(
    () => barrierHolds(stage, connection, step),
    stage.window(step.elseMs),
    stage.ended,
  )
  const request = connection.current
  const exchange = request === undefined ? undefined : stage.exchangeOf(request)
  if (!held)
    stage.note({ lane: 'upstream', connection: connection.name, kind: 'barrier', text: `${step.until} did not hold` })
  stage.barriers.push({
    until: step.until,
    held,
    clientHadEnded: exchange !== undefined && exchange.ending.kind !== 'open',
  })
}

function barrierHolds(stage: Stage, connection: UpstreamConnection, step: BarrierStep): boolean {
  const request = connection.current
  const exchange = request === undefined ? undefined : stage.exchangeOf(request)
  if (request === undefined || exchange === undefined) return false
  const sent = Buffer.concat(request.sentParts)
  const received = Buffer.concat(exchange.bodyParts)
  switch (step.until) {
    case 'client-has-complete-events': {
      const { sentEvents, matchedEvents } = matchBody(stage.trace.dialect, sent, received)
      return matchedEvents >= (step.n ?? sentEvents)
    }
    case 'client-has-bytes':
      return received.length >= (step.n ?? sent.length)
    case 'client-quiet': {
      const last = Math.max(exchange.byteTimes.at(-1) ?? 0, stage.activity.lastActionAt, exchange.requestedAt)
      return performance.now() - last >= QUIET_MS
    }
    case 'client-closed':
      return stage.clientLeftAt !== undefined
    case 'request-read':
      return request.digest !== undefined
  }
}

async function expectAbort(stage: Stage, connection: UpstreamConnection, { withinMs }: ExpectAbortStep): Promise<void> {
  stage.awaitLeave()
  await stage.board.until(() => stage.clientLeftAt !== undefined || stage.clientDone, stage.capMs, stage.ended)
  const leftAt = stage.clientLeftAt
  if (leftAt === undefined) return // it went through its script without leaving, which attestation will say
  const closed = await stage.board.until(
    () => connection.givenUpAt !== undefined,
    leftAt + withinMs - performance.now(),
    stage.ended,
  )
  const closedAt = connection.givenUpAt
  stage.aborts.push({
    withinMs,
    afterMs: closed && closedAt !== undefined ? Math.max(0, closedAt - leftAt) : undefined,
  })
}
