import { SpanKind, SpanStatusCode, trace, type Context, type Tracer } from '@opentelemetry/api'
import type { AttemptRecord, ExchangeRecord } from '@stopbit/exchange'
import { describeGeneration, methodName, present, type Generation } from './describe-exchange.ts'
import { errorType } from './failure-of.ts'

/** What makes spans of records. */
export interface SpanContext {
  readonly tracer: Tracer
  /** `server.address` of the API; missing if it is not known. */
  readonly serverAddress: string | undefined
}

/**
 * Makes the spans of an exchange that is over: one for the client's request, and below it one for each attempt upstream.
 * Within a request that the HTTP instrumentation has a server span for, ours is an internal one, so that none counts twice.
 *
 * @param parent the context that the exchange began in.
 */
export function recordSpans({ tracer, serverAddress }: SpanContext, record: ExchangeRecord, parent: Context): void {
  const { startedAt, durationMs, status, attempts } = record
  const generation = describeGeneration(record)
  const method = methodName(record.method)
  const error = errorType(record)
  const span = tracer.startSpan(
    generation === undefined ? method : `${method} ${generation.route}`,
    {
      kind: trace.getSpan(parent) === undefined ? SpanKind.SERVER : SpanKind.INTERNAL,
      startTime: startedAt,
      attributes: present({
        'http.request.method': method,
        'url.path': record.path,
        'http.route': generation?.route,
        'http.response.status_code': status,
        'error.type': error,
        'stopbit.exchange.id': record.id,
        'stopbit.exchange.ending': record.ending,
        'stopbit.dialect': record.dialect,
        'stopbit.fault.phase': record.fault?.phase,
        'stopbit.proxy_status': record.fault?.proxyStatus,
        'stopbit.attempts': attempts.length,
        'stopbit.stalls': record.stalls,
        'stopbit.request_id': record.requestId,
        'stopbit.client_request_id': record.clientRequestId,
        'stopbit.cf_ray': record.cfRay,
        'stopbit.x_request_id': record.xRequestId,
      }),
    },
    parent,
  )
  if (record.firstSentMs !== undefined) span.addEvent('stopbit.first_sent', {}, startedAt + record.firstSentMs)
  // A client that left is no error of the server's.
  if (error !== undefined && record.fault?.kind !== 'client-gone') span.setStatus({ code: SpanStatusCode.ERROR })
  const context = trace.setSpan(parent, span)
  for (const attempt of attemptsOf(record))
    recordAttempt(tracer, { record, generation, serverAddress }, attempt, context)
  span.end(startedAt + durationMs)
}

/** One attempt, and what is known of how it went. */
export interface AttemptView {
  readonly attempt: AttemptRecord
  readonly index: number
  readonly isLast: boolean
  /** Milliseconds from its start to the wait before the next one, or to the end of the exchange. */
  readonly durationMs: number
  readonly error: string | undefined
}

/** The attempts of a record; the last one lasts as long as the exchange, whose client may have been slower. */
export function attemptsOf(record: ExchangeRecord): AttemptView[] {
  const { attempts, durationMs } = record
  return attempts.map((attempt, index) => {
    const next = attempts[index + 1]
    const endMs = next === undefined ? durationMs : next.startedMs - (attempt.retryDelayMs ?? 0)
    const refused = attempt.status !== undefined && attempt.status >= 400 ? String(attempt.status) : undefined
    const fault = attempt.fault?.kind ?? (next === undefined ? errorType(record) : undefined)
    return {
      attempt,
      index,
      isLast: next === undefined,
      durationMs: Math.max(0, endMs - attempt.startedMs),
      error: fault ?? refused,
    }
  })
}

interface AttemptContext {
  readonly record: ExchangeRecord
  readonly generation: Generation | undefined
  readonly serverAddress: string | undefined
}

function recordAttempt(
  tracer: Tracer,
  { record, generation, serverAddress }: AttemptContext,
  { attempt, index, isLast, durationMs, error }: AttemptView,
  parent: Context,
): void {
  const method = methodName(record.method)
  const startTime = record.startedAt + attempt.startedMs
  const span = tracer.startSpan(
    generation === undefined ? method : [generation.operation, record.model].filter(Boolean).join(' '),
    {
      kind: SpanKind.CLIENT,
      startTime,
      attributes: present({
        'http.request.method': method,
        'http.request.resend_count': index === 0 ? undefined : index,
        'http.response.status_code': attempt.status,
        'server.address': serverAddress,
        'error.type': error,
        'stopbit.connection.reused': attempt.reused,
        'stopbit.retry.reason': attempt.retry,
        'gen_ai.operation.name': generation?.operation,
        'gen_ai.provider.name': generation?.provider,
        'gen_ai.request.model': generation && record.model,
        'gen_ai.request.stream': generation && record.stream,
      }),
    },
    parent,
  )
  if (isLast && record.headersMs !== undefined)
    span.addEvent('stopbit.headers', {}, record.startedAt + record.headersMs)
  if (isLast && record.firstDataMs !== undefined) {
    span.addEvent('stopbit.first_data', {}, record.startedAt + record.firstDataMs)
  }
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(startTime + durationMs)
}
