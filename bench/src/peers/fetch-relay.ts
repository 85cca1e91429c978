// What most people write: `fetch`, and its body handed on.

/** Headers that belong to one connection, and the coding that `fetch` has taken away. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding', 'host']

/** A handler that relays to `upstream`. `finish` sees every chunk and the end, and may add to the body. */
export function createFetchRelay(
  upstream: URL,
  finish?: (body: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname, search } = new URL(request.url)
    const answer = await fetch(new URL(pathname + search, upstream), {
      method: request.method,
      headers: endToEnd(request.headers),
      body: request.body,
      signal: request.signal,
      duplex: 'half',
    } as RequestInit)
    const { body, status } = answer
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
    const relayed = isStream && body !== null && finish !== undefined ? finish(body) : body
    return new Response(relayed, { status, headers: endToEnd(answer.headers) })
  }
}

function endToEnd(headers: Headers): Headers {
  const copy = new Headers(headers)
  for (const name of HOP_BY_HOP) copy.delete(name)
  return copy
}
