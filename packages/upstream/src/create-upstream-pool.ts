import { Readable } from 'node:stream'
import { type Attempt, Breaker } from './breaker.ts'
import { keepHistory } from './call-history.ts'
import { ConnectionLedger } from './connection-ledger.ts'
import { Connections } from './connections.ts'
import { createCounters, type PoolCounters } from './counters.ts'
import { createAgent } from './create-agent.ts'
import { resolvePoolOptions, type UpstreamPoolOptions } from './options.ts'
import { poolError } from './pool-error.ts'
import { relayBody } from './relay-body.ts'
import { type CallSetup, UpstreamCall } from './upstream-call.ts'
import type { UpstreamEvents } from './upstream-events.ts'

/** A request as the pool sends it. */
export interface PoolRequest {
  readonly method: string
  readonly path: string
  /** Names and values alternate. Without `host` and hop-by-hop fields, which the connection sets. */
  readonly headers: readonly string[]
  /** A stream is read when its request goes out. If it fails, so does the call; it is never an unhandled error. */
  readonly body: Uint8Array | Readable | undefined
  /**
   * `fresh` asks for a connection that has never carried a request, whatever idle ones there are: for the retry after an
   * idle-close race. It counts against `maxConnections`; at the limit an idle one is closed for it. Default `any`.
   */
  readonly connection?: 'any' | 'fresh' | undefined
}

/** Keep-alive connections to one origin. */
export interface UpstreamPool {
  readonly url: URL
  readonly counters: PoolCounters
  /** Sends a request. Reports through `events`, never by a throw, and a fault never before it has returned. */
  dispatch(request: PoolRequest, events: UpstreamEvents): UpstreamCall
  /** Takes no more requests, and resolves when those under way and those that wait are over. Never rejects. */
  close(): Promise<void>
  /** Closes every connection at once. Calls that are under way or wait report a fault. Leaves no timer behind. */
  destroy(): Promise<void>
}

/** Makes the pool of one API. Throws a `TypeError` or a `RangeError` for an option that is wrong or unknown. */
export function createUpstreamPool(options: UpstreamPoolOptions): UpstreamPool {
  const resolved = resolvePoolOptions(options)
  const { url, history } = resolved
  const ledger = new ConnectionLedger()
  const counters = createCounters(ledger)
  const breaker = resolved.breaker === 'off' ? undefined : new Breaker(resolved.breaker, () => counters.breakerOpened++)

  const made: Connections[] = []
  const { agent, proxied } = createAgent(resolved, ledger, (origin, connect) => {
    const connections = new Connections(origin, connect, { ...resolved, ledger })
    made.push(connections)
    return connections
  })

  return {
    url,
    counters,
    dispatch(request, events) {
      const { method, path } = request
      const { headers, body } = toSend(request, resolved.allowH2)
      const attempt = breaker === undefined ? undefined : breaker.admit(performance.now())
      const call = new UpstreamCall({
        events: history === undefined ? events : keepHistory(events, describe(request), history),
        secure: url.protocol === 'https:',
        needsFresh: request.connection === 'fresh',
        bodyStream: request.body instanceof Readable && body instanceof Readable ? body : undefined,
        counters,
        settle: settling(breaker, attempt),
      })
      if (breaker !== undefined && attempt === undefined) {
        call.refuse(poolError('STOPBIT_BREAKER_OPEN', 'Nearly every attempt of the last seconds failed'))
        return call
      }
      const fields = proxied ? toRecord(headers) : [...headers]
      call.start(() => agent.dispatch({ origin: url.origin, method, path, headers: fields, body: body ?? null }, call))
      return call
    },
    close: () => agent.close().catch(ignore),
    async destroy() {
      // undici's agents forget what they made when they are closed, so each is asked again.
      await Promise.all([agent.destroy(), ...made.map((connections) => connections.destroy())])
      ledger.destroy()
    },
  }
}

/** Not where the request is sent: what is made there keeps the request's body as long as the call lasts. */
function settling(breaker: Breaker | undefined, attempt: Attempt | undefined): CallSetup['settle'] {
  if (breaker === undefined || attempt === undefined) return () => undefined
  return (outcome) => breaker.settle(attempt, outcome, performance.now())
}

function describe({ method, path, body }: PoolRequest): {
  method: string
  path: string
  requestBytes: number | undefined
} {
  return { method, path, requestBytes: body instanceof Readable ? undefined : (body?.byteLength ?? 0) }
}

/**
 * What undici gets. A large body as a stream: undici keeps a body until its answer is over, and that of a prompt takes minutes. Not
 * where HTTP/2 may be spoken: there undici sends what was declared unprocessed again by itself, but no stream.
 */
function toSend(
  { headers, body }: Pick<PoolRequest, 'headers' | 'body'>,
  allowH2: boolean,
): Pick<PoolRequest, 'headers' | 'body'> {
  if (body instanceof Readable) return { headers, body: prepareStream(body, allowH2) }
  if (body === undefined || body.byteLength < LARGE_BYTES || allowH2) return { headers, body }
  return { headers: withLength(headers, body.byteLength), body: streamOnce(body).on('error', ignore) }
}

/** What undici keeps of smaller ones is at most this, and a stream for each would cost every request. */
const LARGE_BYTES = 64 * 1024

/** Its end comes with its bytes and not when they are written: what is with the socket counts as sent, as of a body that undici has whole. */
function streamOnce(bytes: Uint8Array): Readable {
  const stream = new Readable({ read: () => undefined })
  stream.push(bytes)
  stream.push(null)
  return stream
}

/** undici counts the bytes of a body that it has whole, and no others. */
function withLength(headers: readonly string[], byteLength: number): readonly string[] {
  const isTold = headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')
  return isTold ? headers : [...headers, 'content-length', String(byteLength)]
}

/** A body that fails makes its call fail, through undici; but while the call waits, and after it, nobody else listens. */
function prepareStream(body: Readable, allowH2: boolean): Readable {
  body.on('error', ignore)
  return allowH2 ? relayBody(body).on('error', ignore) : body
}

function ignore(): void {}

/** A proxy agent makes an object of a list, and keeps only the last of repeated fields; of an array it keeps all. */
function toRecord(headers: readonly string[]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2)
    const before = record[name]
    record[name] = before === undefined ? value : [before, value].flat()
  }
  return record
}
