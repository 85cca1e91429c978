import fc from 'fast-check'
import { CLIENT_GONE_POLICIES, COMMIT_POLICIES, type ExchangeOptions } from '../src/options.ts'
import { RETRY_POLICIES } from '../src/retry-policy.ts'
import { OVERLOADED, SSE, STREAMS, type Stream } from './streams.ts'

const ms = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const limits = (...names: readonly (keyof ExchangeOptions)[]): Record<string, fc.Arbitrary<number>> =>
  Object.fromEntries(names.map((name) => [name, ms(30_000)]))

const options: fc.Arbitrary<ExchangeOptions> = fc.record({
  ...limits('uploadStallMs', 'poolWaitMs', 'headersTimeoutMs', 'idleTimeoutMs', 'progressTimeoutMs'),
  ...limits('commitAfterMs', 'openingHoldMs', 'downstreamStallMs', 'finishGraceMs', 'retryWindowMs', 'stallWarnMs'),
  retryBackoffMs: ms(5_000),
  totalTimeoutMs: maybe(ms(60_000)),
  earlyCommitMs: maybe(ms(5_000)),
  heartbeatMs: fc.oneof(fc.constant('off' as const), fc.integer({ min: 700, max: 9_000 })),
  retry: fc.constantFrom(...RETRY_POLICIES),
  commit: fc.constantFrom(...COMMIT_POLICIES),
  onClientGone: fc.constantFrom(...CLIENT_GONE_POLICIES),
  ending: fc.constantFrom('error', 'keep-partial', 'truncate'),
  maxEventBytes: fc.constantFrom(undefined, undefined, 150, 600),
  maxJsonBytes: fc.constantFrom(undefined, 10, 60),
  maxReplayBytes: fc.constantFrom(undefined, 50),
})

const UNKNOWN: Stream = {
  name: 'opaque',
  target: '/v2/unknown',
  headers: SSE,
  facts: { stream: true },
  opening: [],
  data: ['data: 1\n\n', 'event: x\ndata: 2\n\n'],
  finish: ['data: 3\n\n'],
}
const JSON_TYPE = ['content-type', 'application/json']
const heads = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ status: 200, headers: undefined }) },
  fc.record({
    status: fc.constantFrom(200, 204, 307, 400, 401, 429, 500, 502, 503, 529),
    headers: fc.constantFrom<readonly string[]>(
      SSE,
      JSON_TYPE,
      [...JSON_TYPE, 'content-length', '11'],
      [...JSON_TYPE, 'retry-after', '3'],
      [...SSE, 'content-encoding', 'gzip'],
      [...SSE, 'content-encoding', 'br'],
      [...SSE, 'content-length', '40'],
      ['content-type', 'text/html', 'x-should-retry', 'false'],
      [],
    ),
  }),
)

const bit = maybe(fc.boolean())
const faults = fc.record({
  code: fc.constantFrom(
    'ECONNRESET',
    'ECONNREFUSED',
    'ENOTFOUND',
    'UND_ERR_SOCKET',
    'HTTP2RefusedStream',
    'Z_DATA_ERROR',
    'EPROTO',
    '',
  ),
  facts: fc.record({
    connected: bit,
    secure: bit,
    requestSent: bit,
    reused: bit,
    sinceSentMs: maybe(fc.integer({ min: 0, max: 3_000 })),
    responseStarted: bit,
    headersReceived: fc.boolean(),
    aborted: fc.constantFrom(undefined, undefined, undefined, 'by-us' as const, 'by-client' as const),
  }),
})

/** What the world does. `next`: the next bytes of the stream; `other`: bytes that belong to no stream. */
const steps = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('head' as const), head: heads }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('next' as const), byteLength: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('other' as const),
      text: fc.constantFrom(
        OVERLOADED,
        '{"error":{"message":"No"}}',
        ': c\n\n',
        '\n\n',
        'data: {',
        '<html>',
        'id: 7\ndata: 1\n\n',
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fault' as const), fault: faults }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: ms(20_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('request' as const), byteLength: fc.integer({ min: 0, max: 40 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('end', 'queued', 'connected', 'awaited', 'progressed', 'drained', 'full', 'wake'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('finished', 'gone', 'finish', 'start') }) },
)
/** One thing that happens. */
export type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never

/** One exchange, and all that happens to it. */
export interface Run {
  readonly options: ExchangeOptions
  readonly stream: Stream
  readonly method: 'POST' | 'GET'
  readonly body: 'none' | 'kept' | 'streamed'
  readonly isUnread: boolean
  readonly memoryBytes: number
  readonly answersAtOnce: boolean
  readonly steps: readonly Step[]
}

/** Any options, any request, and anything that a world may do, in any order. */
export const runs: fc.Arbitrary<Run> = fc.record({
  options,
  stream: fc.constantFrom(...STREAMS, UNKNOWN),
  method: fc.constantFrom('POST', 'POST', 'POST', 'GET'),
  body: fc.constantFrom('kept', 'kept', 'none', 'streamed'),
  isUnread: fc.boolean(),
  memoryBytes: fc.constantFrom(100, 400, 1_000_000),
  answersAtOnce: fc.boolean(),
  steps: fc.array(steps, { maxLength: 50 }),
})
