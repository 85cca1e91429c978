import { Origin } from '@stopbit/exchange'
import { createClockWheel } from '@stopbit/exchange/drive'
import { handleRequest, type ClientContext } from './handle-request.ts'
import { resolveOptions, type ResilientFetchOptions } from './options.ts'
import { readCall } from './read-call.ts'

/** As many APIs as a program may talk to before the retry budget of the one that came first is forgotten. */
const MAX_ORIGINS = 128

/** What no HTTP goes to: `data:`, `blob:`, `file:`. A relative URL of a browser has no scheme. */
const OTHER_SCHEME = /^(?!https?:)[a-z][a-z\d+.-]*:/i

/**
 * Makes a `fetch` for programs that call an LLM API: `new Anthropic({ fetch })`, `new OpenAI({ fetch })`, the `fetch` option of
 * the AI SDK's providers, or plain code. It takes what `fetch` takes, and gives what it gives, with these differences:
 *
 * - The head of a stream waits for the first model data, at most `commitAfterMs`, a JSON answer for its last byte: while nothing
 *   was delivered, a request that may be sent again is, and the caller never learns.
 * - Silence is bounded: by `headersTimeoutMs`, `idleTimeoutMs`, `progressTimeoutMs`.
 * - A stream whose API is known consists of whole events, and one that ends without its terminal event errors. A missing
 *   sentinel behind the last stop reason is added, since nothing is lost there; an error event that no SDK would read as one
 *   is put in the words of its API.
 * - All failures are a `StreamInterruptedError`: of the call while there is no head, of the body afterwards. What the API itself
 *   answers, errors included, passes as it is; so does the reason of an `AbortSignal`.
 *
 * The API is known by the path, or by the first event. Anything else passes, too, bounded, and with nothing added. Answers are
 * asked for without compression, since in a compressed one a cut may not be seen.
 *
 * A request body of up to `maxReplayBytes` is kept until it cannot be sent again. A `ReadableStream` is sent as it comes, once,
 * and so is a larger `Blob`, `FormData` or `Request`, which browsers can do over HTTP/2 only.
 *
 * Throws an `OptionError` for a wrong option, which names the option, the rule and the value.
 */
export function createResilientFetch(options: ResilientFetchOptions = {}): typeof fetch {
  const { exchange, callbacks } = resolveOptions(options)
  const origins = new Map<string, Origin>()
  const wheel = createClockWheel()

  /** The retry budget of an API. */
  function originOf(url: string): Origin {
    const known = origins.get(url)
    if (known !== undefined) return known
    const [oldest] = origins.keys()
    if (oldest !== undefined && origins.size >= MAX_ORIGINS) origins.delete(oldest)
    const origin = new Origin(wheel)
    origins.set(url, origin)
    return origin
  }

  return async (input, init) => {
    const send: typeof fetch = callbacks.fetch ?? globalThis.fetch
    const url = typeof input === 'object' && 'url' in input ? input.url : String(input)
    if (OTHER_SCHEME.test(url)) return send(input, init)
    const call = readCall(input, init)
    // In workerd, a timer belongs to the request that set it.
    const isPerRequest = globalThis.navigator?.userAgent === 'Cloudflare-Workers'
    const clock = isPerRequest ? createClockWheel() : wheel
    const context: ClientContext = { options: exchange, callbacks, clock, origin: originOf(call.url.origin), send }
    return handleRequest(context, call)
  }
}
