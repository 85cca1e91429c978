import fc from 'fast-check'
import { CLIENT_GONE_POLICIES, COMMIT_POLICIES, type ExchangeOptions } from '../src/options.ts'
import { RETRY_POLICIES } from '../src/retry-policy.ts'
import { FAILURES, type Failing } from './bench.ts'
import { OVERLOADED, SSE, STREAMS, type Stream } from './streams.ts'

const ms = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const limits = (...names: readonly (keyof ExchangeOptions)[]): Record<string, fc.Arbitrary<number>> =>
  Object.fromEntries(names.map((name) => [name, fc.constantFrom(30_000, 30_000, 20_000, 8_000, 2_000, 300, 1)]))

const options: fc.Arbitrary<ExchangeOptions> = fc.record({
  ...limits('uploadStallMs', 'poolWaitMs', 'headersTimeoutMs', 'idleTimeoutMs', 'progressTimeoutMs'),
  ...limits('commitAfterMs', 'openingHoldMs', 'downstreamStallMs', 'finishGraceMs', 'retryWindowMs', 'stallWarnMs'),
  retryBackoffMs: fc.constantFrom(1, 300, 1_000, 5_000),
  totalTimeoutMs: fc.constantFrom(undefined, undefined, undefined, 60_000, 3_000),
  earlyCommitMs: fc.constantFrom(undefined, undefined, 100, 5_000),
  heartbeatMs: fc.oneof(fc.constant('off' as const), fc.integer({ min: 700, max: 9_000 })),
  retry: fc.constantFrom(...RETRY_POLICIES, 'replayable', 'replayable', 'replayable'),
  commit: fc.constantFrom(...COMMIT_POLICIES, 'first-data', 'first-data'),
  onClientGone: fc.constantFrom(...CLIENT_GONE_POLICIES),
  ending: fc.constantFrom('error', 'keep-partial', 'truncate'),
  maxEventBytes: fc.constantFrom(undefined, undefined, undefined, undefined, 150, 600),
  maxJsonBytes: fc.constantFrom(undefined, 10, 60),
  maxReplayBytes: fc.constantFrom(undefined, undefined, 50),
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

const OTHERS = [OVERLOADED, '{"error":{"message":"No"}}', ': c\n\n', '\n\n', 'data: {', '<html>', 'id: 7\ndata: 1\n\n']

const bit = maybe(fc.boolean())
const facts = fc.record({
  connected: bit,
  secure: bit,
  requestSent: bit,
  reused: bit,
  sinceSentMs: maybe(fc.integer({ min: 0, max: 3_000 })),
  responseStarted: bit,
  headersReceived: fc.boolean(),
  aborted: fc.constantFrom(undefined, undefined, undefined, 'by-us' as const, 'by-client' as const),
})
const codes = fc.constantFrom(
  'ECONNRESET',
  'ECONNREFUSED',
  'ENOTFOUND',
  'HTTP2RefusedStream',
  'Z_DATA_ERROR',
  'EPROTO',
  '',
)
/** Failures that happen, and any others. */
const failures: fc.Arbitrary<Failing> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Failing[]>(...Object.values(FAILURES)) },
  { weight: 1, arbitrary: fc.record({ error: codes.map((code) => ({ code })), facts }) },
)

/** What the world does. `next`: the next bytes of the stream, `rest`: all that are left; `other`: bytes of no stream. */
const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('head' as const), head: heads }) },
  {
    weight: 14,
    arbitrary: fc.record({ do: fc.constant('next' as const), byteLength: fc.integer({ min: 1, max: 400 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('rest', 'end') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('other' as const), text: fc.constantFrom(...OTHERS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('fault' as const), failure: failures }) },
  {
    weight: 7,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.oneof(ms(500), ms(4_000), ms(20_000)) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('request' as const), byteLength: fc.integer({ min: 0, max: 40 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('queued', 'connected', 'awaited', 'progressed', 'drained', 'drained', 'full', 'wake'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('finished', 'gone', 'finish', 'start', 'misused') }) },
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
  /** Before which step the request is whole; what comes earlier, comes too early. */
  readonly startAt: number
  readonly steps: readonly Step[]
}

/** Any options, any request, and anything that a world may do, in any order. */
export const runs: fc.Arbitrary<Run> = fc.record({
  options,
  stream: fc.constantFrom(...STREAMS, UNKNOWN),
  method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'POST', 'GET'),
  body: fc.constantFrom('kept', 'kept', 'kept', 'kept', 'none', 'streamed'),
  isUnread: fc.constantFrom(false, false, false, true),
  memoryBytes: fc.constantFrom(1_000_000, 1_000_000, 1_000_000, 400, 100),
  answersAtOnce: fc.boolean(),
  startAt: fc.constantFrom(0, 0, 0, 1, 2, 5),
  steps: fc.array(steps, { minLength: 1, maxLength: 60, size: 'max' }),
})
