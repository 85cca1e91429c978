// @stopbit/edge as a Worker. The launcher listens, says ready and stops it: a Worker can do none of that.
import { createFetchHandler, type FetchHandler } from '@stopbit/edge'
import { EDGE_LIMITS, readTargetOptions } from './target-options.ts'

let handler: FetchHandler | undefined

function start(bindings: Readonly<Record<string, unknown>>): FetchHandler {
  const { upstreamUrl: url, credential, exchange } = readTargetOptions(bindings, EDGE_LIMITS)
  return createFetchHandler({ upstream: { url }, credential, exchange })
}

export default {
  fetch(request: Request, bindings: Readonly<Record<string, unknown>>, context: unknown): Promise<Response> {
    handler ??= start(bindings)
    return handler(request, context)
  },
}
