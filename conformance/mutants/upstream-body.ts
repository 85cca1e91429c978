import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** An answer's body as the client will get it. */
export interface UpstreamBody {
  readonly answer: IncomingMessage
  /** Destroying it lets go of the upstream too. */
  readonly bytes: Readable
  /** Whether it came to its end. */
  readonly isWhole: () => boolean
}

/** Takes a coding off, for nothing can be added to a coded body. Its cut is a failure like any other. */
export function openBody(answer: IncomingMessage): UpstreamBody {
  if (!/\bgzip\b/i.test(answer.headers['content-encoding'] ?? ''))
    return { answer, bytes: answer, isWhole: () => answer.complete }
  const bytes = createGunzip()
  let isWhole = false
  answer.on('error', () => bytes.end()) // what came is decoded first; then it says itself that it is cut
  answer.pipe(bytes)
  bytes.on('end', () => (isWhole = answer.complete))
  bytes.on('close', () => answer.destroy())
  return { answer, bytes, isWhole: () => isWhole }
}
