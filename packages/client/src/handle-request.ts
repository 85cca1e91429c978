import { Exchange, type Origin, type ResolvedExchangeOptions } from '@stopbit/exchange'
import type { ClockWheel } from '@stopbit/exchange/drive'
import { createFault, type Fault } from '@stopbit/faults'
import { ApiCall } from './api-call.ts'
import { CallerResponse } from './caller-response.ts'
import { notify } from './notify.ts'
import type { ResolvedOptions } from './options.ts'
import type { Call } from './read-call.ts'
import { readRequestBody, type RequestBody } from './read-request-body.ts'
import { StreamInterruptedError } from './stream-interrupted-error.ts'

/** Enough for what a caller has taken to get through its pipes, and nothing that anybody notices. */
const A_MOMENT_MS = 10

/** What a call is made with. */
export interface ClientContext {
  readonly options: ResolvedExchangeOptions
  readonly callbacks: ResolvedOptions['callbacks']
  readonly clock: ClockWheel
  /** Of the API that is called. */
  readonly origin: Origin
  readonly send: typeof fetch
}

/**
 * Makes one call, in the order of its way. Every decision is the exchange's: this function only carries bytes and events
 * between a `fetch`, a caller and it.
 */
export function handleRequest(context: ClientContext, call: Call): Promise<Response> {
  const { options, callbacks, clock, origin, send } = context
  const { request, url, headers, signal } = call
  let body: RequestBody | undefined
  let thrown: Fault | undefined

  const exchange = new Exchange({
    request: { method: request.method, target: url.pathname + url.search, headers },
    options,
    clock,
    origin,
    sink: {
      // Dispatch upstream
      sendAttempt: (_count, upstreamRequest) => api.send(upstreamRequest, body),
      releaseRequest: () => (body = body && { ...body, content: undefined }),
      retrying: (notice) => notify(callbacks.onRetry, notice),
      abortUpstream: () => api.abort(),
      pauseUpstream: () => api.pause(),
      resumeUpstream: () => api.resume(),
      decodeUpstream: (coding) => api.decode(coding),

      // Commit headers
      writeHead: (status) => caller.writeHead(status, api.answer),

      // Relay
      write: (bytes) => caller.write(bytes),

      // Finalize. What is written waits for the caller, whatever becomes of the exchange.
      end: () => {
        caller.end()
        exchange.downstreamFinished()
      },
      throwFault: (fault) => {
        thrown = fault
        exchange.downstreamFinished()
      },
      leaveIncomplete: () => exchange.downstreamGone(),
      abortDownstream: () => exchange.downstreamGone(),

      // Settle
      wakeAt: (time) => sleeper.wakeAt(time),
      stalled: (warning) => api.stalled(warning),
      broken: (defect) => api.broken(defect),
      settled: (record) => {
        const fault = thrown ?? record.fault ?? createFault('internal')
        caller.fail(() => new StreamInterruptedError(fault, record, api.error))
        body?.discardRest()
        notify(callbacks.onRecord, record)
      },
    },
  })
  const sleeper = clock.createSleeper(() => exchange.wake())
  const caller = new CallerResponse(exchange, signal, (then) =>
    clock.createSleeper(then).wakeAt(clock.now() + A_MOMENT_MS),
  )
  const api = new ApiCall({ call, send, callbacks, exchange })

  // Accept
  caller.watch()
  readRequestBody(call, exchange, caller.abort).then((read) => {
    body = read
    exchange.start(read.facts, read.kind)
    if (caller.hasEnded) read.discardRest() // the caller gave up while it was read
  }, caller.abort)
  return caller.response
}
