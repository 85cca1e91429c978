import type { IncomingMessage } from 'node:http'
import { hasClientLeft } from './client-connection.ts'

/** Above what clients send by mistake, below what is worth reading for an answer. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024

/** Whether nothing more of a request's body is to come: it is whole, or broken off. */
export function isUploadThrough(request: IncomingMessage): boolean {
  return request.complete || request.readableEnded || request.destroyed || hasClientLeft(request.socket)
}

/**
 * Reads what is left of a request's body to nowhere. A client that is still writing does not see its answer before it is done, and
 * its connection is of no more use until then. Closes the connection if it is more than `MAX_DISCARDED_BYTES`; how long it may
 * take is the exchange's to say.
 */
export function discardUpload(request: IncomingMessage): void {
  if (isUploadThrough(request)) return
  let discarded = 0
  const readAll = (): void => {
    for (let bytes = readOf(request); bytes !== null; bytes = readOf(request)) {
      discarded += bytes.length
      if (discarded > MAX_DISCARDED_BYTES) return void request.destroy()
    }
  }
  // Whoever read it before may still wait for more: with this event nobody gets what another has taken.
  request.on('readable', readAll)
  readAll()
}

function readOf(request: IncomingMessage): { readonly length: number } | null {
  return request.read() as Buffer | string | null
}
