import { PassThrough, type Readable } from 'node:stream'

/**
 * A body's stand-in for HTTP/2. node:http2 loops for ever in native code if a stream is closed in the very turn in which
 * something was written to it (Node 24.21), and undici closes it as soon as its request's body fails. So the failure of this
 * body comes a turn after its last byte.
 *
 * The source is destroyed with it, as undici does with a body of its own.
 */
export function relayBody(source: Readable): Readable {
  const relay = new PassThrough()
  const fail = (): void => {
    source.unpipe(relay)
    relay.unpipe()
    const error = source.errored ?? new Error('The body of the request was closed before its end')
    setImmediate(() => relay.destroy(error))
  }
  source.once('close', () => source.readableEnded || fail())
  relay.once('close', () => source.destroy())
  if (source.closed) fail()
  return source.pipe(relay)
}
