import type { UpstreamRequest } from '../run/records.ts'

/**
 * Whether the upstream sent its answer to the end that its head tells. Undefined where nobody can know: no head, or a body that ends
 * with the connection, which a cut ends too.
 */
export function isAnswerWhole({ sentHead, sentParts, lastChunkSent }: UpstreamRequest): boolean | undefined {
  if (sentHead === undefined) return undefined
  if (/^HTTP\/1\.[01] (204|304)\b/.test(sentHead)) return true
  if (/^transfer-encoding:.*chunked\s*$/im.test(sentHead)) return lastChunkSent === true
  const length = /^content-length:\s*(\d+)\s*$/im.exec(sentHead)?.[1]
  if (length !== undefined) return Buffer.concat(sentParts).length >= Number(length)
  return lastChunkSent === true ? true : undefined
}

/** The status that a head tells; NaN where there is none. */
export function statusOf(head: string | undefined): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(head ?? '')?.[1])
}
