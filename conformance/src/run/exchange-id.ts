import { createHash } from 'node:crypto'
import type { MessageHead } from './parse-head.ts'
import { headerOf } from './parse-head.ts'

/** The header in which an exchange's id travels through the target. */
export const EXCHANGE_HEADER = 'x-stopbit-exchange'

/** The request that only asks whether the target still lives. */
export const CONTROL_ID = 'control'

/** Puts the id into the body too, where the dialects have a field for the caller's own mark: some targets drop unknown headers. */
export function withExchangeId(body: string, id: string): string {
  const fields = JSON.parse(body) as Record<string, unknown>
  return JSON.stringify({ ...fields, metadata: { user_id: `stopbit-${id}` } })
}

/** The id from the head, when the target let the header through. */
export function exchangeIdOfHead(head: MessageHead): string | undefined {
  return headerOf(head, EXCHANGE_HEADER)
}

/** The id from the body's mark. */
export function exchangeIdOfBody(body: Buffer): string | undefined {
  return /"user_id":\s*"stopbit-([^"]+)"/.exec(body.toString('latin1'))?.[1]
}

/** First 16 hex digits of the SHA-256. */
export function digestOf(body: Buffer | string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16)
}
