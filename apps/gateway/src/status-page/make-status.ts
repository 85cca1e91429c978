import type { AttemptRecord, ExchangeRecord, LiveExchange as LiveRecord } from '@stopbit/exchange'
import { FAULTS } from '@stopbit/faults'
import { failureOf } from '@stopbit/telemetry'
import type { OperatorState } from '../admin/operator-state.ts'
import type { LiveExchange, Minute, PastAttempt, PastExchange, Spread, Status } from './browser/status.ts'

/** Rows of each list on the page. */
const MAX_LIVE = 100
const MAX_RECENT = 50

/** What the page shows of a gateway, now. Fields are taken one by one, so that nothing new in a record gets out by itself. */
export function makeStatus(
  state: OperatorState,
  page: { readonly gatewayUrl: string | undefined; readonly minutes: readonly Minute[]; readonly now: number },
): Status {
  const { gatewayUrl, minutes, now } = page
  const live = state.live()
  const records = state.recent()
  const failed = records.filter((record) => failureOf(record) !== undefined).slice(-MAX_RECENT)
  const shown = new Set([...records.slice(-MAX_RECENT), ...failed])
  const stalls = state.stalls()
  const { pool, poolNow, retries, listener } = state.sockets
  return {
    version: 1,
    startedAt: state.startedAt,
    now,
    upstream: state.upstream,
    ...(gatewayUrl !== undefined && { gatewayUrl }),
    phase: state.phase,
    live: live.slice(0, MAX_LIVE).map((exchange) => toLive(exchange, now)),
    unlisted: Math.max(0, live.length - MAX_LIVE),
    minutes,
    recent: records
      .filter((record) => shown.has(record))
      .map((record) =>
        toPast(
          record,
          stalls.filter(({ id }) => id === record.id),
        ),
      )
      .toReversed(),
    races: { upstream: pool['racesSeen'] ?? 0, listener: listener['racedRequests'] ?? 0 },
    pool: {
      opened: pool['connectionsOpened'] ?? 0,
      reused: pool['requestsOnReused'] ?? 0,
      open: poolNow['open'] ?? 0,
      retries,
      refusedRetries: pool['refusedRetries'] ?? 0,
    },
    latency: {
      headers: spread(records.map(({ headersMs }) => headersMs)),
      firstData: spread(records.map(({ firstDataMs }) => firstDataMs)),
      whole: spread(records.map((record) => (failureOf(record) === undefined ? record.durationMs : undefined))),
    },
    remembered: records.length,
  }
}

function toLive(exchange: LiveRecord, now: number): LiveExchange {
  const { id, startedAt, dialect, path, model, stream, attempts, lastUpstreamMs, upstreamBytes } = exchange
  const phase = phaseOf(exchange)
  const heardMs = lastUpstreamMs ?? (phase === 'asking' ? attempts.at(-1)?.startedMs : undefined)
  return {
    id,
    startedAt,
    dialect,
    path,
    ...(model !== undefined && { model }),
    ...(stream !== undefined && { stream }),
    phase,
    attempts: attempts.length,
    ...(heardMs !== undefined && { silentMs: Math.max(0, now - startedAt - heardMs) }),
    upstreamBytes,
  }
}

function phaseOf({ attempts, headersMs, firstSentMs, lastUpstreamMs }: LiveRecord): LiveExchange['phase'] {
  if (attempts.at(-1)?.retry !== undefined) return 'retrying'
  if (headersMs === undefined) return 'asking'
  if (lastUpstreamMs === undefined) return 'closing'
  return firstSentMs === undefined ? 'holding' : 'committed'
}

function toPast(record: ExchangeRecord, stalls: readonly { at: number; silentMs: number }[]): PastExchange {
  const { fault, dialect, method, path, ending, startedAt } = record
  const { id, model, stream, sse, status, upstreamStatus, requestId, clientRequestId, xRequestId, cfRay, misuse } =
    record
  const { headersMs, firstByteMs, firstDataMs, firstSentMs, durationMs, longestSilenceMs } = record
  const { requestBytes, upstreamBytes, downstreamBytes, events, sentEvents, heartbeats } = record
  const cause = failureOf(record)
  return withoutUndefined({
    id,
    startedAt,
    dialect,
    method,
    path,
    model,
    stream,
    sse,
    status,
    upstreamStatus,
    ending,
    cause,
    sentence: fault && FAULTS[fault.kind].sentence,
    upstreamError: record.upstreamError,
    faultPhase: fault?.phase,
    code: fault?.code,
    misuse,
    requestId,
    clientRequestId,
    xRequestId,
    cfRay,
    told: stalls.map(({ at, silentMs }) => ({ atMs: at - startedAt, silentMs })),
    attempts: record.attempts.map(toAttempt),
    headersMs,
    firstByteMs,
    firstDataMs,
    firstSentMs,
    durationMs,
    longestSilenceMs,
    stalls: record.stalls,
    requestBytes,
    upstreamBytes,
    downstreamBytes,
    events,
    sentEvents,
    heartbeats,
  })
}

function toAttempt({ startedMs, reused, status, fault, retry, retryDelayMs }: AttemptRecord): PastAttempt {
  return withoutUndefined({ startedMs, reused, status, fault: fault?.kind, retry, retryDelayMs })
}

/** What JSON makes of it, and the types do not know. */
type WithoutUndefined<Fields> = { [Key in keyof Fields]: Exclude<Fields[Key], undefined> }

function withoutUndefined<Fields extends object>(fields: Fields): WithoutUndefined<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as WithoutUndefined<Fields>
}

/** Percentiles by the nearest rank: a value that was measured, never one between two. */
function spread(values: readonly (number | undefined)[]): Spread {
  const ordered = values.filter((value) => value !== undefined).toSorted((a, b) => a - b)
  const at = (part: number): number | undefined => ordered[Math.ceil(part * ordered.length) - 1]
  const [p50, p95] = [at(0.5), at(0.95)]
  return { count: ordered.length, ...(p50 !== undefined && { p50 }), ...(p95 !== undefined && { p95 }) }
}
