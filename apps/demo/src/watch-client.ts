import Anthropic, { APIError } from '@anthropic-ai/sdk'

/** What the person in front of a client sees, one thing after the other. */
export type Observation =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'end'; readonly end: ClientEnd }

/**
 * How the client's call ended, as the SDK reported it.
 *
 * - `true-end`: the SDK's own error, with a sentence in the API's error shape.
 * - `raw-error`: any other error: a text of the runtime.
 * - `pretended`: no error, though the answer never got its end.
 * - `hang`: nothing at all within the time limit.
 */
export interface ClientEnd {
  readonly verdict: 'true-end' | 'raw-error' | 'pretended' | 'hang'
  /** What is shown: the class of the error and its text, as they came. */
  readonly shown: string
}

const LIMIT_MS = 8_000

/** Streams one message through the real SDK, and tells what it sees as it sees it. */
export async function watchClient(baseURL: string, see: (observation: Observation) => void): Promise<ClientEnd> {
  const limit = AbortSignal.timeout(LIMIT_MS)
  const end = await stream(baseURL, limit, (text) => see({ kind: 'text', text })).catch((error: unknown) =>
    limit.aborted ? HANG : describeError(error),
  )
  see({ kind: 'end', end })
  return end
}

const HANG: ClientEnd = { verdict: 'hang', shown: `nothing more for ${LIMIT_MS / 1000} s` }

async function stream(baseURL: string, signal: AbortSignal, seeText: (text: string) => void): Promise<ClientEnd> {
  const client = new Anthropic({ baseURL, apiKey: 'sk-no-key-is-needed-here', maxRetries: 0 })
  const events = await client.messages.create(
    {
      model: 'claude-sonnet-4-6',
      max_tokens: 1024,
      stream: true,
      messages: [{ role: 'user', content: 'Fix the proxy.' }],
    },
    { signal },
  )
  let stopped = false
  for await (const event of events) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') seeText(event.delta.text)
    if (event.type === 'message_stop') stopped = true
  }
  return { verdict: 'pretended', shown: stopped ? 'a whole message' : 'a normal end, as if that were all' }
}

function describeError(error: unknown): ClientEnd {
  if (error instanceof APIError && error.type !== null && error.type !== undefined) {
    const { error: body } = error as { error?: { error?: { message?: string } } }
    return { verdict: 'true-end', shown: `APIError (${error.type}): ${body?.error?.message ?? error.message}` }
  }
  if (!(error instanceof Error)) return { verdict: 'raw-error', shown: String(error) }
  const cause = error.cause instanceof Error ? `, caused by ${error.cause.message}` : ''
  return { verdict: 'raw-error', shown: `${error.constructor.name}: ${error.message}${cause}` }
}
