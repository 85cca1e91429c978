import type { Meter } from '@opentelemetry/api'
import type { ExchangeRecord } from '@stopbit/exchange'
import { describeGeneration, methodName, present } from './describe-exchange.ts'
import { errorType } from './failure-of.ts'
import { attemptsOf } from './record-spans.ts'

/**
 * Seconds. The boundaries that the conventions advise end at 10 s for HTTP and at 81.92 s for models; streams take minutes, and
 * our clocks cut from 120 s to 1,200 s.
 */
const SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 320, 640, 1280,
]

/** What metrics say of the two ends that no record knows. */
interface MetricsContext {
  readonly serverAddress: string | undefined
  readonly listenerScheme: 'http' | 'https'
}

/**
 * Makes the instruments, and gives what feeds them a record that is over. Names and units are those of the semantic
 * conventions for HTTP and for generative AI; what they have no word for begins with `stopbit.`.
 */
export function createMetrics(
  meter: Meter,
  { serverAddress, listenerScheme }: MetricsContext,
): (record: ExchangeRecord) => void {
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: SECONDS } })
  const serverDuration = seconds('http.server.request.duration', 'Duration of HTTP server requests.')
  const clientDuration = seconds('http.client.request.duration', 'Duration of HTTP client requests.')
  const operation = seconds('gen_ai.client.operation.duration', 'GenAI operation duration.')
  const firstChunk = seconds('gen_ai.client.operation.time_to_first_chunk', 'Time to receive the first chunk.')
  const silence = seconds('stopbit.exchange.longest_silence', 'Longest time without a byte of the upstream.')
  const exchanges = meter.createCounter('stopbit.exchanges', { description: 'Exchanges by how they ended.' })
  const retries = meter.createCounter('stopbit.retries', { description: 'Requests sent again, by the reason.' })
  const stalls = meter.createCounter('stopbit.stalls', { description: 'Silences that were warned of.' })

  const nameModel = createModelNames()

  return (record) => {
    const generation = describeGeneration(record)
    const method = methodName(record.method)
    const error = errorType(record)
    serverDuration.record(
      record.durationMs / 1000,
      present({
        'http.request.method': method,
        'http.route': generation?.route,
        'http.response.status_code': record.status,
        'url.scheme': listenerScheme,
        'error.type': error,
      }),
    )
    for (const { attempt, durationMs, error: failed } of attemptsOf(record)) {
      clientDuration.record(
        durationMs / 1000,
        present({
          'http.request.method': method,
          'server.address': serverAddress,
          'http.response.status_code': attempt.status,
          'error.type': failed,
        }),
      )
      if (attempt.retry !== undefined) retries.add(1, { 'stopbit.retry.reason': attempt.retry })
    }
    const labels = present({ 'stopbit.dialect': record.dialect, 'stopbit.exchange.ending': record.ending })
    exchanges.add(1, { ...labels, ...present({ 'error.type': error, 'stopbit.fault.phase': record.fault?.phase }) })
    if (record.upstreamStatus !== undefined) silence.record(record.longestSilenceMs / 1000, labels)
    if (record.stalls > 0) stalls.add(record.stalls, { 'stopbit.dialect': record.dialect })
    if (generation === undefined) return
    const asked = {
      'gen_ai.operation.name': generation.operation,
      'gen_ai.provider.name': generation.provider,
      ...present({ 'gen_ai.request.model': nameModel(record.model), 'server.address': serverAddress }),
    }
    operation.record(record.durationMs / 1000, { ...asked, ...present({ 'error.type': error }) })
    if (record.stream === true && record.firstDataMs !== undefined) firstChunk.record(record.firstDataMs / 1000, asked)
  }
}

/** Clients may name any model, and each name would be a series for ever. */
const MAX_MODELS = 100

/** The first names pass as they are, further ones are `_OTHER`. */
function createModelNames(): (model: string | undefined) => string | undefined {
  const known = new Set<string>()
  return (model) => {
    if (model === undefined || known.has(model)) return model
    if (known.size >= MAX_MODELS) return '_OTHER'
    known.add(model)
    return model
  }
}
