/** How a response body ends behind its chunks: as HTTP wants it, or as `fetch` reports a lost connection. */
type BodyEnd = 'clean' | 'reset'

/** What a client is to receive. */
export interface ScriptedResponse {
  readonly chunks: readonly Uint8Array[]
  readonly contentType: string
  readonly end?: BodyEnd
}

/** The one thing of a client that is not real: its `fetch`. Loaded with a response, used for one read at a time. */
export interface Transport {
  readonly fetch: typeof globalThis.fetch
  /** Requests since the last load. */
  readonly requestCount: number
  load(response: ScriptedResponse): void
}

/**
 * Makes a transport. The first request gets what was loaded, byte by byte and chunk by chunk; a second one, which means
 * that the client goes on from the first answer, gets `followUp`: a short, whole answer.
 */
export function createTransport(followUp: string): Transport {
  let loaded: ScriptedResponse | undefined
  let requestCount = 0
  const next: ScriptedResponse = { chunks: [new TextEncoder().encode(followUp)], contentType: 'text/event-stream' }
  return {
    get requestCount() {
      return requestCount
    },
    load(response) {
      loaded = response
      requestCount = 0
    },
    async fetch() {
      requestCount++
      if (loaded === undefined) throw new Error('Cannot answer a request: no response was loaded')
      const { chunks, contentType, end } = requestCount === 1 ? loaded : next
      return new Response(bodyOf(chunks, end ?? 'clean'), { status: 200, headers: { 'content-type': contentType } })
    },
  }
}

function bodyOf(chunks: readonly Uint8Array[], end: BodyEnd): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks[at++]
      if (chunk !== undefined) return controller.enqueue(chunk)
      if (end === 'clean') return controller.close()
      controller.error(new TypeError('terminated', { cause: resetError() }))
    },
  })
}

/** As undici has it (measured, Node 24.21). */
function resetError(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}
