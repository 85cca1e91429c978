import type { Trace } from '@stopbit/traces'
import { dialectRules } from '../src/judge/dialect.ts'
import { exchangeEvidence, type Evidence } from '../src/judge/evidence.ts'
import { loadTraces } from '../src/load-traces.ts'
import type { ClientExchange, ExchangeEnding, UpstreamConnectionRecord, UpstreamRequest } from '../src/run/records.ts'

/** What a test says about one exchange; the rest is an ordinary 200 event stream that ended complete. */
export interface ExchangeSketch {
  /** Body that the upstream sent; undefined when it sent no head. */
  readonly sent?: string
  /** Body that the client got; undefined when it got no head. */
  readonly received?: string
  readonly status?: number
  /** The reason phrase. */
  readonly reason?: string
  readonly contentType?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly ending?: ExchangeEnding
  readonly requestCount?: number
  readonly traceId?: string
  readonly trace?: Partial<Trace>
  /** Head that the upstream sent. Default: chunked. */
  readonly sentHead?: string
  /** What the upstream sent under a coding, as it was sent. */
  readonly coded?: string
  /** The upstream reset the connection while it answered. */
  readonly wasReset?: true
  /** Whether the upstream sent its last chunk. Default true. */
  readonly sentWhole?: boolean
  /** The upstream connections of the requests, in order. */
  readonly connections?: readonly UpstreamConnectionRecord[]
  /** When each request arrived. */
  readonly requestedAt?: readonly number[]
  readonly strayBytes?: number
}

/** Evidence for a judge, from a sketch per exchange: no sockets, no processes. The trace is the first one's. */
export function evidenceOf(...sketches: readonly [ExchangeSketch, ...ExchangeSketch[]]): Evidence {
  const [first] = sketches
  const loaded = loadTraces([first.traceId ?? 'anthropic/rst-mid-sse-856'])[0]?.trace
  if (loaded === undefined) throw new Error('no such trace')
  const trace: Trace = { ...loaded, ...first.trace }
  const rules = dialectRules(trace.dialect)
  return {
    trace,
    rules,
    scale: 0.05,
    timeoutMultiplier: 1,
    exchanges: sketches.map((sketch, index) => {
      const { exchange, requests } = recordsOf(sketch, `run-${index + 1}`)
      return exchangeEvidence(trace, rules, exchange, requests)
    }),
    aborts: [],
    control: { alive: true },
    processExit: undefined,
    canary: 'sk-canary-1',
    policyRetry: undefined,
    sweep: undefined,
  }
}

function recordsOf(
  sketch: ExchangeSketch,
  id: string,
): { readonly exchange: ClientExchange; readonly requests: readonly UpstreamRequest[] } {
  const {
    reason = 'X',
    sent,
    received,
    status = 200,
    contentType = 'text/event-stream',
    ending = { kind: 'complete', at: 2 },
    sentHead = `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ntransfer-encoding: chunked\r\n\r\n`,
  } = sketch
  const exchange: ClientExchange = {
    id,
    requestedAt: 0,
    requestDigest: 'd',
    byteTimes: [1],
    bodyParts: [Buffer.from(received ?? '')],
    bodyTimes: [1],
    strayBytes: sketch.strayBytes ?? 0,
    ending,
    ...(received === undefined
      ? {}
      : {
          head: {
            status,
            startLine: `HTTP/1.1 ${status} ${reason}`,
            headers: [['content-type', contentType], ...(sketch.headers ?? [])],
          },
        }),
  }
  const requests = Array.from({ length: sketch.requestCount ?? 1 }, (_, index): UpstreamRequest => ({
    id,
    digest: 'd',
    headSent: sent !== undefined,
    ...(sent === undefined ? {} : { sentHead }),
    ...(sketch.sentWhole === false ? {} : { lastChunkSent: true }),
    sentParts: sent === undefined ? [] : [Buffer.from(sent)],
    codedParts: sketch.coded === undefined ? [] : [Buffer.from(sketch.coded)],
    ...(sketch.wasReset === true && { wasReset: true }),
    connection: sketch.connections?.[index] ?? connectionRecord({}),
    at: sketch.requestedAt?.[index] ?? 0,
  }))
  return { exchange, requests }
}

export function connectionRecord(own: Partial<UpstreamConnectionRecord>): UpstreamConnectionRecord {
  return { closedAt: undefined, requests: 1, writtenBytes: 0, playedBytes: 0, ...own }
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
