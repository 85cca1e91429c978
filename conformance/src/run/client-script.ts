import { setTimeout as sleep } from 'node:timers/promises'
import {
  effectiveLimits,
  resolveRequest,
  type AwaitStep,
  type ClientStep,
  type ResolvedRequest,
  type Trace,
} from '@stopbit/traces'
import { firstEvent } from '../judge/event-time.ts'
import { openClientConnection, type ClientConnection } from './client-connection.ts'
import { Progress } from './progress.ts'
import type { ClientExchange } from './records.ts'
import type { Stage } from './stage.ts'

/** How long the upstream may take to come to where it waits for the client to leave. Not scaled. */
const LEAVE_WINDOW_MS = 5_000

/** How the client side of one run of a trace is set up. */
export interface ClientRun {
  readonly port: number
  /** Path of the dialect at the target; the trace's query stays. */
  readonly path: string
  /** Distinguishes the runs of a sweep; part of each exchange's id. */
  readonly runId: string
  /** The values of the sweep's parameter. */
  readonly parameters: { readonly [name: string]: number }
}

/** What a client script left behind. */
export interface ClientRunResult {
  readonly exchanges: readonly ClientExchange[]
  /** `closed-before-request`: the target had closed the connection and the client knew it, so that a request was not sent. */
  readonly played: 'whole' | 'closed-before-request' | 'not-connected'
}

/**
 * Plays the client's steps in order. Never rejects. Closes its connections, except `own`: a connection of the caller that the
 * script's `connect` takes instead of opening one.
 */
export async function playClient(
  stage: Stage,
  steps: readonly ClientStep[],
  run: ClientRun,
  own?: ClientConnection,
): Promise<ClientRunResult> {
  const connections = new Map<string, ClientConnection>()
  const exchanges: ClientExchange[] = []
  try {
    for (const step of steps) {
      if (step.do === 'connect') {
        connections.set(step.conn, own ?? (await openClientConnection(run.port, stage, step.conn, stage.window(5_000))))
        continue
      }
      if (step.do === 'wait') {
        const ms = typeof step.ms === 'number' ? step.ms : (run.parameters[step.ms.slice(1)] ?? 0)
        await sleep(stage.scaled(ms, step.scale))
        continue
      }
      const connection = connections.get(step.conn)
      if (connection === undefined) continue
      if (step.do === 'request' && connection.closedAt !== undefined)
        return { exchanges, played: 'closed-before-request' }
      if (stage.beginStep(step) === 'skip') continue
      if (step.do === 'await') await playAwait(stage, connection, step)
      if (step.do === 'abort') await leave(stage, connection, step.how)
      if (step.do === 'half-close') await leave(stage, connection, 'half-close')
      if (step.do === 'pause-read') connection.pause()
      if (step.do === 'resume-read') resumeRead(stage, connection)
      if (step.do === 'request') {
        const id = `${run.runId}-${exchanges.length + 1}`
        const request = resolveRequest({ ...step, path: run.path + (/\?.*$/.exec(step.path)?.[0] ?? '') })
        const exchange = connection.send(padded(request, step.padBytes), id)
        exchanges.push(exchange)
        stage.exchanges.push(exchange)
      }
    }
    return { exchanges, played: 'whole' }
  } catch {
    return { exchanges, played: 'not-connected' } // the target no longer accepts connections, which ALIVE-1 will say
  } finally {
    for (const connection of connections.values()) if (connection !== own) connection.destroy()
  }
}

/** Until now it was the client that held the exchange up. */
function resumeRead(stage: Stage, connection: ClientConnection): void {
  stage.activity.lastActionAt = performance.now()
  connection.resume()
}

/** A body that takes its time. */
function padded(request: ResolvedRequest, bytes: number | undefined): ResolvedRequest {
  if (bytes === undefined) return request
  return { ...request, body: JSON.stringify({ ...JSON.parse(request.body), padding: 'x'.repeat(bytes) }) }
}

/** The client does not leave before the upstream waits for that: until then nothing could be seen of it. */
async function leave(stage: Stage, connection: ClientConnection, how: 'fin' | 'rst' | 'half-close'): Promise<void> {
  if (isLeavingSeen(stage.trace)) {
    const held = await stage.board.until(() => stage.activity.awaitingLeave > 0, stage.window(LEAVE_WINDOW_MS))
    const clientHadEnded = connection.exchange?.ending.kind !== 'open'
    stage.barriers.push({ until: 'upstream-awaits-leave', held, clientHadEnded })
  }
  stage.clientLeftAt = performance.now()
  if (how === 'half-close') connection.halfClose()
  else connection.abort(how)
  stage.board.changed()
}

function isLeavingSeen({ upstream }: Trace): boolean {
  const steps = upstream.connections.flatMap(({ script }) => script)
  return steps.some((step) => step.do === 'expect-abort' || (step.do === 'barrier' && step.until === 'client-closed'))
}

async function playAwait(stage: Stage, connection: ClientConnection, step: AwaitStep): Promise<void> {
  const exchange = connection.exchange
  if (exchange === undefined) return
  const progress = new Progress(stage, exchange)
  const arrived = (): boolean => exchange.ending.kind !== 'open' || hasArrived(exchange, progress, step)
  await stage.board.until(() => arrived() || isOverdue(stage, exchange, progress), stage.capMs)
  if (!arrived()) connection.giveUp(performance.now() - exchange.requestedAt)
}

function hasArrived({ head }: ClientExchange, progress: Progress, { until, n = 1 }: AwaitStep): boolean {
  switch (until) {
    case 'head':
      return head !== undefined
    case 'bytes':
      return progress.receivedBytes >= n
    case 'events':
      return progress.matchedEvents >= n
    case 'end':
      return false // the ending is looked at before
  }
}

/**
 * HANG-1's clock. It starts at the last thing that happened (the request, the fault, the upstream's last act, a byte that was
 * still on its way) and stands while the upstream's script is in a wait or at a barrier. A stall adds the limit of the target that must
 * end it. A target that asks again may wait before it does, where no event had reached the client when the fault came.
 */
function isOverdue(stage: Stage, exchange: ClientExchange, progress: Progress): boolean {
  const { activity, timing, fault } = stage
  if (activity.busy > 0) return false
  const limits = effectiveLimits(stage.trace.limits)
  const silence = activity.stalledBy === undefined ? 0 : stage.scaled(limits[activity.stalledBy] ?? 0)
  const faultAt = fault.state === 'ran' ? fault.at : 0
  const since = Math.max(exchange.requestedAt, activity.lastActionAt, faultAt, progress.lastOwedByteAt ?? 0)
  const lateMs = performance.now() - since - silence - timing.graceMs * timing.timeoutMultiplier
  if (lateMs <= 0 || lateMs > stage.backoffMs) return lateMs > 0
  const eventAt = firstEvent(exchange)?.at ?? Infinity
  return eventAt < faultAt
}
