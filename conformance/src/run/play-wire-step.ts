import {
  resolveSend,
  type ChunkEndStep,
  type H2Step,
  type SendStep,
  type TlsStep,
  type UpstreamStep,
} from '@stopbit/traces'
import { MAX_STREAM_ID } from './h2/frames.ts'
import { busy, pass } from './pace.ts'
import type { UpstreamRequest } from './records.ts'
import type { Stage } from './stage.ts'
import { identityFor } from './tls/accept-tls.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** For a handshake on loopback to come to its end. Not scaled. */
const HANDSHAKE_MS = 3_000

/** Whether the script goes on after a step, starts again, or has come to its end. */
export type Next = 'next' | 'again' | 'stop'

/** The steps that only order others, and do nothing to a connection's bytes. */
type OrderingStep =
  | 'accept'
  | 'refuse'
  | 'read-request'
  | 'wait'
  | 'barrier'
  | 'stall'
  | 'expect-abort'
  | 'loop'
  | 'variant'

/** Does to a connection what a step says. */
export async function playWireStep(
  stage: Stage,
  connection: UpstreamConnection,
  step: Exclude<UpstreamStep, { readonly do: OrderingStep }>,
): Promise<Next> {
  switch (step.do) {
    case 'tls':
      return await playTls(stage, connection, step)
    case 'pause-read':
      pauseRead(stage, connection)
      return 'next'
    case 'resume-read':
      connection.resume()
      return 'next'
    case 'send':
      return await playSend(stage, connection, step)
    case 'chunk-header':
      return after(await connection.writer.chunkHeader(step))
    case 'chunk-end':
      return await playChunkEnd(connection, step)
    case 'fin':
      connection.fin()
      return 'next'
    case 'truncate':
      connection.truncate()
      return 'next'
    case 'rst':
      if (stage.sabotage === 'fin-for-rst') connection.fin()
      else connection.rst()
      return 'stop'
    default:
      return after(await playH2(connection, step))
  }
}

function after(written: boolean): Next {
  return written ? 'next' : 'stop'
}

async function playChunkEnd(connection: UpstreamConnection, { trailers = [] }: ChunkEndStep): Promise<Next> {
  if (!(await connection.writer.end(trailers))) return 'stop'
  if (connection.current !== undefined) connection.current.lastChunkSent = true
  return 'next'
}

async function playSend(stage: Stage, connection: UpstreamConnection, step: SendStep): Promise<Next> {
  const request = connection.current
  if (request !== undefined && (step.as === 'head' || step.as === 'wire')) noteHead(request, step)
  const written = await connection.writer.send(step, {
    onPart: (body) => connection.noteSent(body),
    between: async () => {
      if (step.everyMs !== undefined) await busy(stage, () => pass(stage, stage.scaled(step.everyMs ?? 0)))
    },
    drop: stage.sabotage === 'drop-send' && step.as !== 'head',
  })
  return after(written)
}

/** An interim head is not yet the answer's; and what is sent bit by bit is a head, for those who take it for one, when it is whole. */
function noteHead(request: UpstreamRequest, step: SendStep): void {
  if (request.headSent) return
  const head = (request.headBegun ?? '') + Buffer.from(resolveSend(step).payload).toString('latin1')
  if (/^HTTP\/1\.1 1(?!01)/.test(head)) return
  request.headBegun = head
  if (step.as === 'wire' && !/^HTTP\/1\.[01] [2-5]\d\d .*\r\n\r\n/s.test(head)) return
  request.headSent = true
  request.sentHead = head
}

/** Attests that the target began a handshake; of a certificate, also that the target has seen it. */
async function playTls(stage: Stage, connection: UpstreamConnection, { how }: TlsStep): Promise<Next> {
  stage.barriers.push({ until: 'client-hello-read', held: connection.helloRead, clientHadEnded: false })
  if (identityFor(how) === undefined) {
    if (how === 'handshake-stall') stage.beginStall('connectTimeoutMs')
    else connection.spoilHandshake(how)
    return 'stop'
  }
  const held = await stage.board.until(() => connection.handshakeIsOver, stage.window(HANDSHAKE_MS), stage.ended)
  stage.barriers.push({ until: 'certificate-seen', held, clientHadEnded: false })
  return 'next'
}

/** What is not to be read must still be to come. */
function pauseRead(stage: Stage, connection: UpstreamConnection): void {
  connection.pause()
  const held = connection.current?.digest === undefined
  stage.barriers.push({ until: 'request-not-read', held, clientHadEnded: false })
}

async function playH2({ session, stream }: UpstreamConnection, step: H2Step): Promise<boolean> {
  if (session === undefined) return false
  switch (step.do) {
    case 'h2-rst-stream':
      return stream !== undefined && (await session.rstStream(stream, step.code))
    case 'h2-goaway':
      return await session.goaway({ this: stream ?? 0, none: 0, all: MAX_STREAM_ID }[step.lastStream], step.code)
    case 'h2-ping-flood':
      return await session.ping(step.count)
    case 'h2-window-zero':
      return true // in the SETTINGS with which the session began
    case 'h2-raw':
      return await session.raw(Buffer.from(step.base64, 'base64'))
  }
}
