import { subscribe } from 'node:diagnostics_channel'
import type { ClientHttp2Stream, Http2Session } from 'node:http2'
import type { Socket } from 'node:net'

/** Who wants to know what becomes of its request on the wire. */
interface RequestListener {
  /** The request's head is being written; `multiplexed` over HTTP/2. Again for each time that undici sends it. */
  onRequestHead(reused: boolean, multiplexed: boolean): void
  /** HTTP/2: the request has this stream, and no longer the one it had. */
  onStream(stream: object): void
  /** HTTP/2: the peer reset the stream before the end of its body; undici may report that as a clean end. */
  onStreamReset(stream: object): void
}

/** Sockets that have carried a request. */
const used = new WeakSet<Socket>()
const listeners = new WeakMap<object, RequestListener>()
/** HTTP/2: the sessions of our requests, and their streams. */
const sessions = new WeakSet<Http2Session>()
const streams = new WeakMap<ClientHttp2Stream, RequestListener>()
let announced: RequestListener | undefined
let openingStream: RequestListener | undefined

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
  listeners.set((message as { request: object }).request, announced)
  announced = undefined
})

subscribe('undici:client:sendHeaders', (message) => {
  const { request, socket } = message as { request: object; socket: Socket & { alpnProtocol?: unknown } }
  const reused = used.has(socket)
  used.add(socket)
  const listener = listeners.get(request)
  // The stream of a request over HTTP/2 is the next that is created, in the same breath.
  const multiplexed = socket.alpnProtocol === 'h2'
  openingStream = multiplexed ? listener : undefined
  listener?.onRequestHead(reused, multiplexed)
})

/**
 * When a session dies, its streams get an error that would end the process, as undici does not listen to all of them: not to
 * those that it has let go of, and not to those that node:http2 makes up when the head of a response comes for a stream that
 * was aborted. The latter nobody would ever read.
 */
subscribe('http2.client.stream.created', (message) => {
  const { stream } = message as { stream: ClientHttp2Stream }
  const listener = openingStream
  openingStream = undefined
  if (listener !== undefined) {
    if (stream.session !== undefined) sessions.add(stream.session)
    streams.set(stream.on('error', ignore), listener)
    listener.onStream(stream)
  } else if (stream.session !== undefined && sessions.has(stream.session)) {
    stream.on('error', ignore)
    setImmediate(() => stream.destroy())
  }
})

function ignore(): void {}

/**
 * node:http2 ends a stream that is reset with CANCEL or NO_ERROR as if its body were over. When it closes, a body that really
 * was over has its end queued already; `readableEnded` cannot tell, as a reader that is paused has not come to that end.
 */
subscribe('http2.client.stream.close', (message) => {
  const { stream } = message as { stream: ClientHttp2Stream & { _readableState?: { ended?: boolean } } }
  if (stream._readableState?.ended === false) streams.get(stream)?.onStreamReset(stream)
})
