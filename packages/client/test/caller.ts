import type { ExchangeRecord } from '@stopbit/exchange'
import { createResilientFetch, type ResilientFetchOptions } from '../src/index.ts'

/** Limits that fit a test, and what was called back. */
export interface TestFetch {
  readonly fetch: typeof fetch
  /** What was called back, in order: `retry 2 closed-before-headers`, `stall`, `resume`. */
  readonly calls: string[]
  /** Resolves with the record of the first request, which may come after the answer. */
  readonly record: Promise<ExchangeRecord>
}

export function testFetch(options: ResilientFetchOptions = {}): TestFetch {
  const calls: string[] = []
  const { promise: record, resolve } = Promise.withResolvers<ExchangeRecord>()
  const resilient = createResilientFetch({
    retryBackoffMs: 10,
    onRetry: ({ attempt, fault, status }) => calls.push(`retry ${attempt} ${fault?.kind ?? status}`),
    onStall: () => calls.push('stall'),
    onResume: () => calls.push('resume'),
    onRecord: resolve,
    ...options,
  })
  return { fetch: resilient, calls, record }
}

const MESSAGES = {
  model: 'claude',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Hello' }],
}
export const STREAMING: RequestInit = {
  method: 'POST',
  body: JSON.stringify({ ...MESSAGES, stream: true }),
  headers: { 'content-type': 'application/json', 'x-client-request-id': 'mine_1' },
}

/** What a caller reads of a body, and what ended it. `read` is called with all text so far. */
export async function readAll(
  body: ReadableStream<Uint8Array> | null,
  read: (text: string) => void = () => undefined,
): Promise<{ readonly text: string; readonly error: unknown }> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const bytes of body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      read(text)
    }
  } catch (error) {
    return { text, error }
  }
  return { text, error: undefined }
}

/** A barrier: resolves when `open` was called. */
export function barrier(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
