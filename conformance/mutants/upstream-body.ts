import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { UpstreamAnswer } from './question.ts'

/** An answer's body as the client will get it. */
export interface UpstreamBody {
  readonly answer: UpstreamAnswer
  /** Destroying it lets go of the upstream too. */
  readonly bytes: Readable
  /** Whether it came to its end. */
  readonly isWhole: () => boolean
}

/** Takes a coding off, for nothing can be added to a coded body. Its cut is a failure like any other. */
export function openBody(answer: UpstreamAnswer): UpstreamBody {
  if (!/\bgzip\b/i.test(answer.headers['content-encoding'] ?? ''))
    return { answer, bytes: answer.bytes, isWhole: answer.isComplete }
  const bytes = createGunzip()
  let isWhole = false
  answer.bytes.on('error', () => bytes.end()) // what came is decoded first; then it says itself that it is cut
  answer.bytes.pipe(bytes)
  bytes.on('end', () => (isWhole = answer.isComplete()))
  bytes.on('close', () => answer.bytes.destroy())
  return { answer, bytes, isWhole: () => isWhole }
}
