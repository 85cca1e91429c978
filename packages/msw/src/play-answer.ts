import { delay, HttpResponse } from 'msw'
import type { Delay, PlannedAnswer, PlannedHead, PlannedWrite } from './planned-answer.ts'

/** How a replay turns a trace's time into real time. */
export interface ReplayTiming {
  /** Factor for the waits of a trace. */
  readonly scale: number
  /** How long a barrier of a trace takes, not scaled. */
  readonly barrierMs: number
}

/** A mocked response that says what the upstream says. Settles after the head's delay; a stall before the head ends with the request. */
export async function playAnswer(answer: PlannedAnswer, request: Request, timing: ReplayTiming): Promise<Response> {
  const { head } = answer
  if (head === undefined) {
    await pause(answer.endAfter, timing)
    if (answer.end === 'stall') await aborted(request.signal)
    return HttpResponse.error()
  }
  await pause(head.after, timing)
  return new HttpResponse(...decodedForBrowsers(bodyOf(answer, timing), head))
}

/** Null where a response may have none. */
function bodyOf(answer: PlannedAnswer, timing: ReplayTiming): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  const { head, writes, end, endAfter } = answer
  if (head?.status === 204 || head?.status === 205 || head?.status === 304) return null
  const left = writes[Symbol.iterator]()
  return new ReadableStream(
    {
      start(controller) {
        controller.enqueue(new Uint8Array()) // in Node, MSW sends a head with the first chunk: without one it would wait for the body
      },
      async pull(controller) {
        const next: IteratorResult<PlannedWrite, unknown> = left.next()
        if (next.done !== true) {
          await pause(next.value.after, timing)
          return controller.enqueue(Uint8Array.from(next.value.bytes))
        }
        await pause(endAfter, timing)
        if (end === 'stall') return await new Promise<void>(() => undefined) // until the client cancels
        if (end === 'error') controller.error(new TypeError('network error'))
        else controller.close()
      },
    },
    { highWaterMark: 0 }, // an error would drop what waits in the queue
  )
}

/**
 * A service worker's response is not decoded, so it is done here; in Node the mocked response is read by the real HTTP client, which
 * decodes it.
 */
function decodedForBrowsers(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  head: PlannedHead,
): [ReadableStream<Uint8Array<ArrayBuffer>> | null, ResponseInit] {
  const { status, statusText } = head
  const headers = head.headers.map(([name, value]): [string, string] => [name, value])
  const coding = headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1]
  const isBrowser = 'navigator' in globalThis && 'serviceWorker' in globalThis.navigator
  if (body === null || !isBrowser || (coding !== 'gzip' && coding !== 'deflate')) {
    return [body, { status, statusText, headers }]
  }
  const plain = headers.filter(([name]) => !/^content-(encoding|length)$/i.test(name))
  return [body.pipeThrough(new DecompressionStream(coding)), { status, statusText, headers: plain }]
}

async function pause({ scaledMs, fixedMs, barriers }: Delay, { scale, barrierMs }: ReplayTiming): Promise<void> {
  const ms = scaledMs * scale + fixedMs + barriers * barrierMs
  if (ms > 0) await delay(ms)
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
