import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter, once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import type { ClientHas } from './raw-upstream.ts'

interface Received {
  readonly request: { readonly origin: string }
  readonly chunk?: Uint8Array
}

/** Turns of the event loop in which a client takes what its HTTP parser has read: streams, decoders and iterators in between. */
const TURNS = 20

/** Follows what Node's own `fetch` has read of each origin, so that a script can wait for it. Real events, no sleep. */
export function followReads(): { readonly clientHas: ClientHas; readonly stop: () => void } {
  const bytes = new Map<string, number>()
  const reads = new EventEmitter().setMaxListeners(0)
  const onHeaders = (message: unknown): void => {
    const { request } = message as Received
    bytes.set(request.origin, 0)
    reads.emit(request.origin)
  }
  const onChunk = (message: unknown): void => {
    const { request, chunk } = message as Received
    bytes.set(request.origin, (bytes.get(request.origin) ?? 0) + (chunk?.length ?? 0))
    reads.emit(request.origin)
  }
  subscribe('undici:request:headers', onHeaders)
  subscribe('undici:request:bodyChunkReceived', onChunk)
  return {
    async clientHas(url, bodyBytes) {
      while ((bytes.get(url) ?? -1) < bodyBytes) await once(reads, url)
      for (let turns = 0; turns < TURNS; turns += 1) await turn()
    },
    stop() {
      unsubscribe('undici:request:headers', onHeaders)
      unsubscribe('undici:request:bodyChunkReceived', onChunk)
    },
  }
}
