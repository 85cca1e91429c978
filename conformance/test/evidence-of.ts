import type { Trace } from '@stopbit/traces'
import { dialectRules } from '../src/judge/dialect.ts'
import { exchangeEvidence, type Evidence } from '../src/judge/evidence.ts'
import { loadTraces } from '../src/load-traces.ts'
import type { ClientExchange, ExchangeEnding, UpstreamRequest } from '../src/run/records.ts'

/** What a test says about one exchange; the rest is an ordinary 200 event stream that ended complete. */
export interface ExchangeSketch {
  /** Body that the upstream sent; undefined when it sent no head. */
  readonly sent?: string
  /** Body that the client got; undefined when it got no head. */
  readonly received?: string
  readonly status?: number
  readonly contentType?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly ending?: ExchangeEnding
  readonly requestCount?: number
  readonly traceId?: string
  readonly trace?: Partial<Trace>
}

/** Evidence for a judge, from a sketch: no sockets, no processes. */
export function evidenceOf(sketch: ExchangeSketch): Evidence {
  const {
    sent,
    received,
    status = 200,
    contentType = 'text/event-stream',
    ending = { kind: 'complete', at: 2 },
  } = sketch
  const loaded = loadTraces([sketch.traceId ?? 'anthropic/rst-mid-sse-856'])[0]?.trace
  const rules = dialectRules('anthropic-messages')
  if (loaded === undefined || rules === undefined) throw new Error('no such trace')
  const trace: Trace = { ...loaded, ...sketch.trace }
  const exchange: ClientExchange = {
    id: 'run-1',
    requestedAt: 0,
    requestDigest: 'd',
    byteTimes: [1],
    bodyParts: [Buffer.from(received ?? '')],
    bodyTimes: [1],
    ending,
    ...(received === undefined
      ? {}
      : {
          head: {
            status,
            startLine: `HTTP/1.1 ${status} X`,
            headers: [['content-type', contentType], ...(sketch.headers ?? [])],
          },
        }),
  }
  const request: UpstreamRequest = {
    id: 'run-1',
    digest: 'd',
    headSent: sent !== undefined,
    sentParts: sent === undefined ? [] : [Buffer.from(sent)],
  }
  const requests = Array.from({ length: sketch.requestCount ?? 1 }, () => request)
  return {
    trace,
    rules,
    scale: 0.05,
    timeoutMultiplier: 1,
    exchanges: [exchangeEvidence(trace, rules, exchange, requests)],
    aborts: [],
    control: { alive: true },
    processExit: undefined,
    canary: 'sk-canary-1',
    policyRetry: undefined,
    sweep: undefined,
  }
}

const event = (data: { type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

export const START: string = event({ type: 'message_start' })
export const TEXT: string = event({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: 'hi' },
} as { type: string })
export const STOP_REASON: string = event({ type: 'message_delta', delta: { stop_reason: 'end_turn' } } as {
  type: string
})
export const MESSAGE_STOP: string = event({ type: 'message_stop' })
export const PING: string = event({ type: 'ping' })

export function errorEvent(message: string): string {
  return event({ type: 'error', error: { type: 'api_error', message } } as { type: string })
}

export function toolStart(index: number): string {
  return event({
    type: 'content_block_start',
    index,
    content_block: { type: 'tool_use', id: 't', name: 'n', input: {} },
  } as { type: string })
}

export function toolRest(index: number): string {
  const delta = { type: 'input_json_delta', partial_json: '"}' }
  return event({ type: 'content_block_delta', index, delta } as { type: string })
}

export function blockStop(index: number): string {
  return event({ type: 'content_block_stop', index } as { type: string })
}

export function errorBody(message: string): string {
  return JSON.stringify({ type: 'error', error: { type: 'api_error', message } })
}
