import { appendFileSync } from 'node:fs'
import { metrics, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics'
import { SimpleSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'

// For `node --import`: the SDK of OpenTelemetry, which writes all that it is told to the file of OTEL_FILE.
const write = (kind: string, what: object): void => {
  appendFileSync(process.env['OTEL_FILE'] ?? '/dev/null', `${JSON.stringify({ kind, ...what })}\n`)
}

const spans: SpanExporter = {
  export(made, done) {
    for (const { name, kind, attributes, events, status, links } of made) {
      write('span', { name, spanKind: kind, attributes, events, status, links })
    }
    done({ code: 0 })
  },
  shutdown: () => Promise.resolve(),
}
const numbers: PushMetricExporter = {
  export({ scopeMetrics }, done) {
    write('metrics', { scopeMetrics })
    done({ code: 0 })
  },
  selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }))
metrics.setGlobalMeterProvider(
  new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({ exporter: numbers, exportIntervalMillis: 100, exportTimeoutMillis: 50 }),
    ],
  }),
)
