import { subscribe } from 'node:diagnostics_channel'
import type { ClientHttp2Stream, Http2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { takeOut } from './take-out.ts'

/** Who wants to know what becomes of its request on the wire. */
interface RequestListener {
  /**
   * The request's head is being written; `multiplexed` over HTTP/2. Again for each time that undici sends it. `reused` is
   * `undefined` if the connection was used before but is not idle: what dies then may have been at work, so no failure of it
   * is the race with a peer that closes an idle connection.
   */
  onRequestHead(reused: boolean | undefined, multiplexed: boolean): void
  /** HTTP/2: the request has this stream, and no longer the one it had. */
  onStream(stream: ClientHttp2Stream): void
  /** HTTP/2: the peer reset the stream before the end of its body; undici may report that as a clean end. */
  onStreamReset(stream: object): void
}

/** Sockets that have carried a request. */
const used = new WeakSet<Socket>()
/**
 * Where a request of undici's has its listener, and over HTTP/2 its stream. No weak map: what such a map holds counts as alive
 * whenever V8 collects young objects, and with it the exchange and all that it is made of.
 */
const LISTENER = Symbol('stopbit listener')
type Announced = { [LISTENER]?: RequestListener }
type ListenedStream = ClientHttp2Stream & Announced
/** HTTP/2: the sessions of our requests, and their streams. */
const sessions = new WeakSet<Http2Session>()
/** HTTP/2: the streams of each connection whose answer is still to come, in whole or in part. */
const openStreams = new WeakMap<Socket, ClientHttp2Stream[]>()
let announced: RequestListener | undefined
let openingStream: { readonly listener: RequestListener; readonly socket: Socket } | undefined

/**
 * Tells the listener what undici says of the request that `dispatch` makes only in its diagnostics channels, where the
 * requests of the whole process come by.
 */
export function announceRequest<Result>(listener: RequestListener, dispatch: () => Result): Result {
  announced = listener
  try {
    return dispatch()
  } finally {
    announced = undefined
  }
}

subscribe('undici:request:create', (message) => {
  if (announced === undefined) return
  ;(message as { request: Announced }).request[LISTENER] = announced
  announced = undefined
})

subscribe('undici:client:sendHeaders', (message) => {
  const { request, socket } = message as { request: Announced; socket: Socket & { alpnProtocol?: unknown } }
  const isIdle = (openStreams.get(socket)?.length ?? 0) === 0
  const reused = used.has(socket) ? isIdle || undefined : false
  used.add(socket)
  const listener = request[LISTENER]
  // The stream of a request over HTTP/2 is the next that is created, in the same breath.
  const multiplexed = socket.alpnProtocol === 'h2'
  openingStream = multiplexed && listener !== undefined ? { listener, socket } : undefined
  listener?.onRequestHead(reused, multiplexed)
})

/**
 * When a session dies, its streams get an error that would end the process, as undici does not listen to all of them: not to
 * those that it has let go of, and not to those that node:http2 makes up when the head of a response comes for a stream that
 * was aborted. The latter nobody would ever read.
 */
subscribe('http2.client.stream.created', (message) => {
  const { stream } = message as { stream: ListenedStream }
  const opening = openingStream
  openingStream = undefined
  if (opening !== undefined) {
    const { listener, socket } = opening
    noteOpen(stream, socket)
    if (stream.session !== undefined) sessions.add(stream.session)
    stream.on('error', ignore)
    stream[LISTENER] = listener
    listener.onStream(stream)
  } else if (stream.session !== undefined && sessions.has(stream.session)) {
    stream.on('error', ignore)
    setImmediate(() => stream.destroy())
  }
})

function noteOpen(stream: ClientHttp2Stream, socket: Socket): void {
  const open = openStreams.get(socket) ?? []
  openStreams.set(socket, open)
  open.push(stream)
  const forget = (): void => takeOut(open, stream)
  stream.once('end', forget).once('close', forget)
}

function ignore(): void {}

/**
 * node:http2 ends a stream that is reset with CANCEL or NO_ERROR as if its body were over. When it closes, a body that really
 * was over has its end queued already; `readableEnded` cannot tell, as a reader that is paused has not come to that end.
 */
subscribe('http2.client.stream.close', (message) => {
  const { stream } = message as { stream: ListenedStream & { _readableState?: { ended?: boolean } } }
  if (stream._readableState?.ended === false) stream[LISTENER]?.onStreamReset(stream)
})
