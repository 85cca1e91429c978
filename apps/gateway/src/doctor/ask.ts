import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'

/** What is asked of one end of a path. */
export interface Question {
  readonly url: URL
  /** Sent by POST as JSON; a GET without it. */
  readonly body?: object
  /** Authorities that may have signed the certificate, in PEM form. Default: the system's. */
  readonly ca?: string | undefined
  /** Longest silence until the response head is here. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** What came of it. `code` is the runtime's, `timeout` for ours. */
export type Answer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: IncomingMessage['headers']
      /** From the start of the connection to the response head. */
      readonly headersMs: number
      /** Must be read to its end or destroyed. */
      readonly body: IncomingMessage
    }
  | { readonly kind: 'failed'; readonly code: string; readonly afterMs: number }

/** Asks on a connection of its own. Never rejects. */
export function ask({ url, body, ca, timeoutMs, signal }: Question): Promise<Answer> {
  const startedAt = performance.now()
  const text = body === undefined ? undefined : JSON.stringify(body)
  const options: RequestOptions & { ca?: string } = {
    method: text === undefined ? 'GET' : 'POST',
    agent: false,
    headers: {
      accept: 'text/event-stream, application/json',
      'user-agent': 'stopbit-doctor',
      // A front may choose to compress what clients say they can read, as SDKs do.
      'accept-encoding': 'gzip',
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    },
    ...(ca !== undefined && { ca }),
    ...(signal && { signal }),
  }
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options)
    const fail = (code: string): void => resolve({ kind: 'failed', code, afterMs: performance.now() - startedAt })
    request.setTimeout(timeoutMs, () => {
      fail('timeout')
      request.destroy()
    })
    request.once('response', (response) => {
      request.setTimeout(0)
      const { statusCode = 0, headers } = response
      const headersMs = performance.now() - startedAt
      resolve({ kind: 'answered', status: statusCode, headers, headersMs, body: response })
    })
    request.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'unknown'))
    // An answer that switches protocols closes without a response.
    request.once('close', () => fail('closed'))
    request.end(text)
  })
}
