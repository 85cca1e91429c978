import { createFetchHandler, type FetchHandler } from '../../src/index.ts'

/** Where the upstreams of a test are. */
export interface TestEnvironment {
  readonly UPSTREAM_URL: string
  /** Nobody listens there. */
  readonly REFUSED_URL: string
}

type App = (request: Request, ...platform: readonly unknown[]) => Promise<Response>

/**
 * What every runtime of the tests serves. The header `x-test-handler` chooses: a handler of ours, with limits that fit the
 * test, or a bare one, which shows what the platform does by itself. Records, and what was
 * accepted, are lines of stdout.
 */
export function createTestApp({ UPSTREAM_URL, REFUSED_URL }: TestEnvironment): App {
  const url = new URL(UPSTREAM_URL)
  const onRecord = (record: unknown): void => console.log(`RECORD ${JSON.stringify(record)}`)
  const handlers: Readonly<Record<string, App | FetchHandler>> = {
    patient: createFetchHandler({ upstream: { url }, onRecord, exchange: { heartbeatMs: 'off' } }),
    hasty: createFetchHandler({ upstream: { url }, onRecord, exchange: { idleTimeoutMs: 300, heartbeatMs: 'off' } }),
    beating: createFetchHandler({ upstream: { url }, onRecord, exchange: { heartbeatMs: 100 } }),
    refused: createFetchHandler({
      upstream: { url: new URL(REFUSED_URL) },
      onRecord,
      exchange: { retryBackoffMs: 20 },
    }),
    'small-replay': createFetchHandler({ upstream: { url }, onRecord, exchange: { maxReplayBytes: 1_000 } }),
    'bare-relay': (request) => relayBare(request, UPSTREAM_URL),
    'bare-error': () => Promise.resolve(new Response(brokenStream())),
    'bare-big': () => Promise.resolve(new Response(bigStream())),
  }
  return (request, ...platform) => {
    console.log(`ACCEPTED ${request.headers.get('x-client-request-id')}`)
    const handler = handlers[request.headers.get('x-test-handler') ?? 'patient']
    if (handler === undefined) throw new Error('no such handler')
    return handler(request, ...platform)
  }
}

/** As short as a relay can be that does all that the platform lets it do about a client that leaves. */
async function relayBare(request: Request, upstream: string): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const abort = new AbortController()
  request.signal?.addEventListener('abort', () => abort.abort())
  const response = await fetch(new URL(pathname + search, upstream), { signal: abort.signal })
  const reader = response.body?.getReader()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value } = (await reader?.read()) ?? {}
        if (value === undefined) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => abort.abort(),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

/** Three pieces, then an error; with a pause before each, as a runtime may lose what is not yet on its way when it comes. */
function brokenStream(): ReadableStream<Uint8Array> {
  let pieces = 0
  return new ReadableStream(
    {
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (pieces++ < 3) controller.enqueue(new TextEncoder().encode('piece'))
        else controller.error(new Error('a test breaks this stream'))
      },
    },
    { highWaterMark: 0 },
  )
}

/** 240 MB. */
function bigStream(): ReadableStream<Uint8Array> {
  let left = 240 * 16
  const piece = new Uint8Array(64 * 1024)
  return new ReadableStream(
    {
      pull(controller) {
        if (left-- > 0) controller.enqueue(piece)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
