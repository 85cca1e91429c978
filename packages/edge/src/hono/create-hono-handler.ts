import { mergeHeaders, type Finishable } from '@stopbit/exchange'
import type { Context } from 'hono'
import { createFetchHandler, type FetchHandler, type FetchHandlerOptions } from '../create-fetch-handler.ts'
import { toHeaders } from '../to-headers.ts'

/** A handler for Hono's routes, `app.all('/v1/*', handler)`, and as good as middleware: `app.use('/v1/*', handler)`. */
export interface HonoHandler extends Finishable {
  /** Relays the request of a context. As middleware it answers, and never calls what comes after it. */
  (context: Context): Promise<Response>
  readonly retries: FetchHandler['retries']
}

/**
 * Makes a handler for Hono, on any of its runtimes.
 *
 * Headers that middleware has set before (CORS, cookies, ids) stay, and win over the upstream's; what describes the body is
 * ours. The response is a new one, so middleware may set headers on it afterwards, too. A stream says `no-transform`, which
 * keeps Hono's compression off. A body that the application has read through `c.req` is taken from there; one that it has
 * read past Hono gets a 500, and its record says why.
 *
 * Throws as `createFetchHandler` does.
 */
export function createHonoHandler(options: FetchHandlerOptions): HonoHandler {
  const handle = createFetchHandler(options)
  const handler = async (context: Context): Promise<Response> => {
    const response = await handle(await requestOf(context), context.env, executionOf(context))
    const headers = mergeHeaders([...response.headers].flat(), [...context.res.headers].flat())
    context.res = undefined // Hono would merge once more, and let what was set describe our body
    context.res = new Response(response.body, { status: response.status, headers: toHeaders(headers) })
    return context.res
  }
  return Object.defineProperties(handler as HonoHandler, {
    liveCount: { get: () => handle.liveCount },
    retries: { value: handle.retries },
    idle: { value: () => handle.idle() },
    finish: { value: handle.finish.bind(handle) },
  })
}

/** The request, with the body that Hono keeps of it if it was read through Hono. */
async function requestOf({ req }: Context): Promise<Request> {
  const { raw, bodyCache } = req
  const isKept = 'text' in bodyCache || 'arrayBuffer' in bodyCache || 'blob' in bodyCache
  if (!raw.bodyUsed || !isKept) return raw
  const { url, method, signal } = raw
  const headers = new Headers(raw.headers)
  headers.delete('content-length') // text that was read may have lost a byte order mark
  return new Request(url, { method, headers, body: await req.arrayBuffer(), signal: signal ?? null })
}

/** Hono throws where the platform has none. */
function executionOf(context: Context): unknown {
  try {
    return context.executionCtx
  } catch {
    return undefined
  }
}
