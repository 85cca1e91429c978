type FetchBody = Pick<RequestInit, 'body'> & { readonly duplex?: 'half' }

/**
 * A request's body for `fetch`. A length that the client gave stays in the headers: Node and Bun take it for a stream, Deno and
 * workerd do not.
 */
export function toFetchBody(
  method: string,
  body: Uint8Array | ReadableStream<Uint8Array> | undefined,
  sendBody: 'whole' | 'stream' = runtimeResends(method) ? 'stream' : 'whole',
): FetchBody {
  if (body === undefined) return {}
  if (!(body instanceof Uint8Array)) return { body, duplex: 'half' }
  if (sendBody === 'stream') return { body: streamOf(body), duplex: 'half' }
  return { body: body as Uint8Array<ArrayBuffer> }
}

/** Whether this runtime sends a request with a whole body again, by itself, when a kept connection dies. As measured. */
function runtimeResends(method: string): boolean {
  const userAgent = (globalThis.navigator as { readonly userAgent?: string } | undefined)?.userAgent ?? ''
  return userAgent.startsWith('Deno/') || (userAgent.startsWith('Bun/') && method === 'PUT')
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}
