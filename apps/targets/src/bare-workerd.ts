// A pass-through without Stopbit that does all that workerd lets it do about a client that leaves: what fails here is the platform's.
interface Context {
  waitUntil(promise: Promise<unknown>): void
}

export default {
  async fetch(request: Request, bindings: Readonly<Record<string, string>>, context: Context): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const left = new AbortController()
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    const leave = (): void => {
      left.abort()
      end()
    }
    context.waitUntil(over) // else the request's work, its listeners included, may be torn down with the connection
    request.signal.addEventListener('abort', leave)
    const { method, headers } = request
    const init = { method, headers, body: await request.arrayBuffer(), signal: left.signal }
    const answer = await fetch(new URL(pathname + search, bindings['STOPBIT_UPSTREAM_URL']), init)
    const reader = answer.body?.getReader()
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { value } = (await reader?.read()) ?? {}
          if (value !== undefined) return controller.enqueue(value)
          controller.close()
          end()
        },
        cancel: leave,
      },
      { highWaterMark: 0 },
    )
    return new Response(body, answer)
  },
}
