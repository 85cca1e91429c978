import { ANSWERS, type Answer } from './answers.ts'
import { certificates } from './certificates.ts'
import { listen, type Connection } from './connection.ts'
import * as h2 from './h2-frames.ts'
import type { CaseFacts, FailingUpstream } from './row.ts'

/** An HTTP/2 request that is to fail. */
export interface H2Call {
  readonly connection: Connection
  readonly streamId: number
  readonly answer: Answer
  /** Resolves when the first part of the answer is as far as it gets: with the client, or with the gateway that holds it. */
  readonly delivered: () => Promise<void>
  /** Writes frames, and resolves when they are with the kernel. */
  readonly send: (...frames: readonly Buffer[]) => Promise<void>
  /** The head of the answer, as a frame. */
  readonly head: () => Buffer
}

export interface H2Fault {
  /** When the request is whole, or as soon as its first bytes are here. */
  readonly at: 'request' | 'upload'
  readonly make: (call: H2Call) => unknown
}

/** An HTTP/2 upstream of hand-written frames. It answers the requests before the one that is to fail. */
export async function startH2Upstream(facts: CaseFacts, fault: H2Fault): Promise<FailingUpstream> {
  const { ca, h2: identity } = await certificates()
  const answer = ANSWERS[facts.asked]
  let requestCount = 0
  let fired = 0
  const listener = await listen((connection) => {
    void connection.write(h2.settings())
    readStreams(connection, fault.at, async (streamId) => {
      requestCount++
      const call = callOf(connection, streamId, answer, facts)
      if (requestCount < facts.failsAt) return call.send(call.head(), h2.data(streamId, answer.whole, 'end'))
      await fault.make(call)
      fired++
    })
  }, identity)
  return {
    url: new URL(`https://127.0.0.1:${listener.port}`),
    ca,
    fired: () => fired,
    requests: () => requestCount,
    close: () => listener.close(),
  }
}

function callOf(connection: Connection, streamId: number, answer: Answer, facts: CaseFacts): H2Call {
  return {
    connection,
    streamId,
    answer,
    delivered: () => (facts.asked === 'stream' ? facts.clientHasData : Promise.resolve()),
    send: (...frames) => connection.write(Buffer.concat(frames)),
    head: () => h2.head(streamId, { 'content-type': answer.type, 'request-id': 'req_upstream' }),
  }
}

/** Answers what a connection needs, and calls for each request. */
function readStreams(connection: Connection, at: H2Fault['at'], onRequest: (streamId: number) => Promise<void>): void {
  let received: Buffer = Buffer.alloc(0)
  let isOpen = false
  const onFrame = ({ type, flags, streamId, payload }: h2.Frame): void => {
    if (type === h2.FRAME.settings && flags === 0) void connection.write(h2.settingsAck())
    if (type === h2.FRAME.ping && flags === 0) void connection.write(h2.pingAck(payload))
    const isWhole = (flags & h2.END_STREAM) !== 0
    if (at === 'upload' ? type === h2.FRAME.headers : isRequest(type) && isWhole) void onRequest(streamId)
  }
  connection.stream.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (!isOpen && received.length < h2.PREFACE_BYTES) return
    if (!isOpen) received = received.subarray(h2.PREFACE_BYTES)
    isOpen = true
    const { frames, rest } = h2.readFrames(received)
    received = rest
    for (const frame of frames) onFrame(frame)
  })
  connection.stream.once('end', () => connection.stream.end())
}

function isRequest(type: number): boolean {
  return type === h2.FRAME.headers || type === h2.FRAME.data
}
