import type { HeaderList } from '@stopbit/exchange'

/** A call of `fetch`, read. */
export interface Call {
  readonly request: Request
  readonly url: URL
  /** As the caller set them, but without a content coding to be asked for. */
  readonly headers: HeaderList
  /** The caller's own: the one of a `Request` that was made of it is not it. */
  readonly signal: AbortSignal | undefined
  /** `whole`: in memory already; `stream`: as the caller wants it sent; `any`: what a `Request`, a `Blob` or a form holds. */
  readonly body: 'none' | 'whole' | 'stream' | 'any'
  /** What is handed on to every `fetch`: fields that only the runtime knows (`dispatcher`, `proxy`, `client`) are among them. */
  readonly init: RequestInit
}

/** What each attempt has of its own. */
const OF_ATTEMPTS: ReadonlySet<string> = new Set(['method', 'headers', 'body', 'signal', 'duplex'])

/** What a `Request` says beside these. */
const OF_REQUESTS = [
  'cache',
  'credentials',
  'integrity',
  'keepalive',
  'mode',
  'redirect',
  'referrer',
  'referrerPolicy',
] as const satisfies readonly (keyof Request & keyof RequestInit)[]

/** Reads the arguments of `fetch`. Throws what `fetch` rejects with for them: a `TypeError`. */
export function readCall(input: RequestInfo | URL, init: RequestInit = {}): Call {
  const request = new Request(input, init)
  const given = typeof input === 'object' && 'url' in input ? input : undefined
  const headers = new Headers(request.headers)
  headers.set('accept-encoding', 'identity')
  return {
    request,
    url: new URL(request.url),
    headers: [...headers].flat(),
    signal: (init.signal === undefined ? given?.signal : init.signal) ?? undefined,
    body: bodyOf(request, init.body ?? undefined),
    init: { redirect: 'follow', ...(given && fieldsOf(request)), ...withoutAttempts(init) },
  }
}

function bodyOf(request: Request, given: unknown): Call['body'] {
  if (given instanceof ReadableStream) return 'stream'
  const isInMemory = typeof given === 'string' || given instanceof ArrayBuffer || ArrayBuffer.isView(given)
  if (isInMemory) return 'whole'
  if (request.body === null) return 'none'
  // Firefox has no `Request.body`.
  return request.body === undefined ? 'whole' : 'any'
}

/** workerd does not know most of them, and does not take what it does not know. */
function fieldsOf(request: Request): RequestInit {
  return Object.fromEntries(OF_REQUESTS.map((name) => [name, request[name]]).filter(([, value]) => value !== undefined))
}

function withoutAttempts(init: RequestInit): RequestInit {
  return Object.fromEntries(Object.entries(init).filter(([name]) => !OF_ATTEMPTS.has(name)))
}
