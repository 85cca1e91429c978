import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type HistogramMetricData,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { createHandler, type HandlerOptions } from '@stopbit/node'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startTelemetry } from '../src/index.ts'

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())

const DELTA = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a completion canary"}}'
const START = `event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0","type":"message","role":"assistant","model":"claude","content":[],"usage":{}}}\n\nevent: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\nevent: content_block_delta\ndata: ${DELTA}\n\n`
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The SDK with exporters in memory, our telemetry on it, and a handler in front of an upstream. */
async function observe(
  upstream: RequestListener,
  options: Partial<HandlerOptions> = {},
  wrap = <T>(run: () => T): T => run(),
) {
  const spans = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] })
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  onTestFinished(startTelemetry({ serverAddress: 'api.example.com', tracerProvider, meterProvider }))
  onTestFinished(async () => {
    await tracerProvider.shutdown()
    await meterProvider.shutdown()
  })
  const settled = Promise.withResolvers<void>()
  const handler = createHandler({
    upstream: { url: new URL(`http://127.0.0.1:${await listen(upstream)}`) },
    onRecord: () => settled.resolve(),
    ...options,
  })
  onTestFinished(() => handler.close())
  const port = await listen((request, response) => wrap(() => void handler(request, response)))
  const ask = async (): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/messages?key=query-canary`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'sk-canary', 'x-client-request-id': 'client-1' },
      body: JSON.stringify({
        model: 'claude-x',
        stream: true,
        messages: [{ role: 'user', content: 'a prompt canary' }],
      }),
    })
    await response.text()
    await settled.promise
  }
  const metrics = async (): Promise<Map<string, HistogramMetricData | SumMetricData>> => {
    await reader.forceFlush()
    const data = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: made }) => made))
    return new Map(data.map((metric) => [metric.descriptor.name, metric as HistogramMetricData | SumMetricData]))
  }
  return { ask, spans: () => spans.getFinishedSpans(), metrics, tracerProvider }
}

function ofKind(spans: readonly ReadableSpan[], kind: SpanKind): ReadableSpan[] {
  return spans.filter((span) => span.kind === kind)
}

const toMs = ([seconds, nanoseconds]: readonly [number, number]): number => seconds * 1000 + nanoseconds / 1e6

test('a cut stream makes a server span and below it a client span, with the fault as error.type', async () => {
  const { ask, spans, metrics } = await observe(
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_upstream' })
      response.write(START, () => response.socket?.resetAndDestroy())
    },
    { exchange: { commit: 'headers', retry: 'never' } },
  )
  await ask()
  const [server] = ofKind(spans(), SpanKind.SERVER)
  const [client] = ofKind(spans(), SpanKind.CLIENT)
  expect(spans()).toHaveLength(2)
  expect(server).toMatchObject({ name: 'POST /v1/messages', status: { code: SpanStatusCode.ERROR } })
  expect(server?.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/v1/messages',
    'url.path': '/v1/messages',
    'http.response.status_code': 200,
    'error.type': 'body-reset',
    'stopbit.exchange.ending': 'error',
    'stopbit.fault.phase': 'body',
    'stopbit.request_id': 'req_upstream',
    'stopbit.client_request_id': 'client-1',
  })
  expect(client).toMatchObject({ name: 'chat claude-x', status: { code: SpanStatusCode.ERROR } })
  expect(client?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId)
  expect(client?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'server.address': 'api.example.com',
    'error.type': 'body-reset',
    'stopbit.connection.reused': false,
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-x',
    'gen_ai.request.stream': true,
  })

  const made = await metrics()
  const duration = made.get('http.server.request.duration')
  expect(duration?.descriptor.unit).toBe('s')
  expect(duration?.dataPoints).toMatchObject([
    {
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/messages',
        'http.response.status_code': 200,
        'error.type': 'body-reset',
      },
      value: { count: 1 },
    },
  ])
  expect(made.get('gen_ai.client.operation.duration')?.dataPoints).toMatchObject([
    {
      attributes: {
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'claude-x',
        'error.type': 'body-reset',
      },
    },
  ])
  expect(made.get('stopbit.exchanges')?.dataPoints).toMatchObject([
    { attributes: { 'stopbit.exchange.ending': 'error', 'stopbit.fault.phase': 'body' }, value: 1 },
  ])
  const told = JSON.stringify([
    ...made.values(),
    ...spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  ])
  expect(told).not.toContain('canary')
  expect(told).not.toContain('127.0.0.1')
})

test('a retried request has a client span for each attempt, and no error of its own', async () => {
  let count = 0
  const { ask, spans, metrics } = await observe(
    (_request, response) => {
      if (++count === 1) response.socket?.resetAndDestroy()
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(START + STOP)
    },
    { exchange: { retry: 'replayable', retryBackoffMs: 20 } },
  )
  await ask()
  const [server] = ofKind(spans(), SpanKind.SERVER)
  const [first, second] = ofKind(spans(), SpanKind.CLIENT)
  expect(server?.status.code).toBe(SpanStatusCode.UNSET)
  expect(server?.attributes).not.toHaveProperty('error.type')
  expect(first?.attributes).toMatchObject({ 'error.type': 'closed-before-headers', 'stopbit.retry.reason': 'replay' })
  expect(second?.attributes).toMatchObject({ 'http.request.resend_count': 1, 'http.response.status_code': 200 })
  expect(second?.attributes).not.toHaveProperty('error.type')
  if (server === undefined || first === undefined || second === undefined) return expect.unreachable()
  // The wait between the attempts is in neither of them, and both are within the server span.
  expect(toMs(first.endTime)).toBeLessThanOrEqual(toMs(second.startTime) - 20)
  expect(toMs(first.startTime)).toBeGreaterThanOrEqual(toMs(server.startTime))
  expect(toMs(second.endTime)).toBeLessThanOrEqual(toMs(server.endTime) + 0.01)
  const made = await metrics()
  expect(made.get('stopbit.retries')?.dataPoints).toMatchObject([
    { attributes: { 'stopbit.retry.reason': 'replay' }, value: 1 },
  ])
  expect(made.get('gen_ai.client.operation.time_to_first_chunk')?.dataPoints).toMatchObject([{ value: { count: 1 } }])
})

test('within a server span of the HTTP instrumentation the exchange is an internal span of its trace', async () => {
  const outer = Promise.withResolvers<string>()
  let inTrace: <T>(run: () => T) => T = (run) => run()
  const { ask, spans, tracerProvider } = await observe(
    (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(START + STOP),
    {},
    (run) => inTrace(run),
  )
  inTrace = (run) =>
    tracerProvider.getTracer('http').startActiveSpan('POST', { kind: SpanKind.SERVER }, (span) => {
      outer.resolve(span.spanContext().spanId)
      return run()
    })
  await ask()
  const [exchange] = ofKind(spans(), SpanKind.INTERNAL)
  expect(exchange?.parentSpanContext?.spanId).toBe(await outer.promise)
  expect(ofKind(spans(), SpanKind.SERVER)).toEqual([])
})

test('a provider that throws is a warning of the process, and the exchange goes on', async () => {
  const warned = Promise.withResolvers<unknown>()
  process.once('warning', warned.resolve)
  const broken = {
    getTracer: () => ({
      startSpan: () => {
        throw new Error('from a tracer')
      },
    }),
  }
  onTestFinished(startTelemetry({ tracerProvider: broken as never }))
  const { ask, spans } = await observe(
    (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(START + STOP),
  )
  await ask()
  expect(await warned.promise).toEqual(new Error('from a tracer'))
  expect(ofKind(spans(), SpanKind.SERVER)).toHaveLength(1)
})

test('however many models and errors clients and APIs name, metrics have few series', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  onTestFinished(() => meterProvider.shutdown())
  onTestFinished(startTelemetry({ meterProvider }))
  for (let i = 0; i < 1_000; i++) {
    channel('stopbit:exchange').publish({
      version: 1,
      id: `req_${i}`,
      dialect: 'anthropic-messages',
      method: 'POST',
      path: '/v1/messages',
      model: `model-${i}`,
      upstreamError: `error_${i}`,
      status: 200,
      upstreamStatus: 200,
      ending: 'error',
      attempts: [{ startedMs: 0, status: 200 }],
      startedAt: 0,
      durationMs: 1,
      longestSilenceMs: 1,
      stalls: 0,
    })
  }
  await reader.forceFlush()
  const made = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  const series = Object.fromEntries(made.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.length]))
  expect(series['http.server.request.duration']).toBe(1)
  expect(series['gen_ai.client.operation.duration']).toBe(101)
})

test('a stopped telemetry hears of nothing more', async () => {
  const spans = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] })
  startTelemetry({ tracerProvider })()
  const { ask, spans: others } = await observe((_request, response) => void response.end('{}'))
  await ask()
  expect(others()).not.toEqual([])
  expect(spans.getFinishedSpans()).toEqual([])
})

test('without an SDK nothing is made, and nothing fails', async () => {
  onTestFinished(startTelemetry())
  expect(trace.getTracer('any').startSpan('x').isRecording()).toBe(false)
  const { ask, spans } = await observe((_request, response) => void response.end('{}'))
  await ask()
  expect(ofKind(spans(), SpanKind.SERVER)).toHaveLength(1)
})
