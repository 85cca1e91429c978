import { HttpResponse } from 'msw'
import { pause } from './pause.ts'
import type { Delay, PlannedAnswer, PlannedHead, PlannedWrite } from './planned-answer.ts'

/** How a replay turns a trace's time into real time. */
export interface ReplayTiming {
  /** Factor for the waits of a trace. */
  readonly scale: number
  /** How long a barrier of a trace takes, not scaled. */
  readonly barrierMs: number
}

/**
 * A mocked response that says what the upstream says. Settles after the head's delay; a stall before the head ends with the request.
 * No timer outlives a client that leaves: each ends when the request is aborted or the body is cancelled. In a browser the
 * request that MSW hands out has no signal of the client's, so that there the wait before the head runs to its end.
 */
export async function playAnswer(answer: PlannedAnswer, request: Request, timing: ReplayTiming): Promise<Response> {
  const { head } = answer
  const { signal } = request
  if (head === undefined) {
    await pause(inMs(answer.endAfter, timing), signal)
    if (answer.end === 'stall') await aborted(signal)
    return HttpResponse.error()
  }
  await pause(inMs(head.after, timing), signal)
  return new HttpResponse(...decodedForBrowsers(bodyOf(answer, signal, timing), head))
}

/** Null where a response may have none. */
function bodyOf(
  { head, writes, end, endAfter }: PlannedAnswer,
  signal: AbortSignal,
  timing: ReplayTiming,
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  if (head?.status === 204 || head?.status === 205 || head?.status === 304) return null
  const left = writes[Symbol.iterator]()
  const leaving = new AbortController()
  const gone = leaving.signal
  const leave = (): void => leaving.abort()
  void aborted(signal).then(leave)
  return new ReadableStream(
    {
      start(controller) {
        controller.enqueue(new Uint8Array()) // in Node, MSW sends a head with the first chunk: without one it would wait for the body
      },
      async pull(controller) {
        const next: IteratorResult<PlannedWrite, unknown> = left.next()
        await pause(inMs(next.done === true ? endAfter : next.value.after, timing), gone)
        if (next.done === true && end === 'stall') await aborted(gone)
        if (gone.aborted) controller.error(gone.reason)
        else if (next.done !== true) controller.enqueue(Uint8Array.from(next.value.bytes))
        else if (end === 'error') controller.error(new TypeError('network error'))
        else controller.close()
      },
      cancel: leave,
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

function inMs({ scaledMs, fixedMs, barriers }: Delay, { scale, barrierMs }: ReplayTiming): number {
  return scaledMs * scale + fixedMs + barriers * barrierMs
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
