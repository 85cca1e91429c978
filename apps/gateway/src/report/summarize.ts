import type { ExchangeRecord } from '@stopbit/exchange'
import { failureOf } from '@stopbit/telemetry'

/** How often something was. */
interface Row {
  readonly name: string
  readonly exchanges: number
}

/** A row of the table of errors. */
interface ErrorRow {
  /** In the words of `failureOf` of `@stopbit/telemetry`. */
  readonly error: string
  /** Whether the API answered with an event stream. */
  readonly isSse: boolean
  readonly exchanges: number
}

/** Percentiles of a duration over the exchanges that have it, in milliseconds. */
interface Latency {
  readonly name: string
  readonly exchanges: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** What a set of exchanges comes to. Every exchange is in `errors` or in `withoutError`, and in one row of `endings`. */
export interface Report {
  /** Milliseconds since the epoch: starts of the first and the last exchange; missing if there is none. */
  readonly from?: number
  readonly to?: number
  readonly exchanges: number
  readonly withoutError: number
  /** Each exchange with an error once. */
  readonly errors: readonly ErrorRow[]
  readonly endings: readonly Row[]
  /** Faults that ended an exchange, as `phase: kind`. */
  readonly faults: readonly Row[]
  /** Errors that the API sent within its streams, by their type. */
  readonly upstreamErrors: readonly Row[]
  /** Attempts beyond the first, as `reason: fault or status of the attempt before`. Of attempts, not of exchanges. */
  readonly retries: readonly Row[]
  /** Idle connections that the API closed just as a request went out. Of attempts. */
  readonly races: { readonly seen: number; readonly retried: number }
  /** Exchanges that were retried, and ended without an error. */
  readonly saved: number
  /** Warnings of a silent API. */
  readonly stalls: number
  readonly latencies: readonly Latency[]
}

/** Adds up what a set of exchanges comes to. */
export function summarize(records: readonly ExchangeRecord[]): Report {
  const attempts = records.flatMap((record) => record.attempts)
  const races = attempts.filter(({ fault }) => fault?.kind === 'reused-closed')
  const starts = records.map(({ startedAt }) => startedAt)
  return {
    ...(records.length > 0 && {
      from: starts.reduce((a, b) => Math.min(a, b)),
      to: starts.reduce((a, b) => Math.max(a, b)),
    }),
    exchanges: records.length,
    withoutError: records.filter((record) => failureOf(record) === undefined).length,
    errors: errorRows(records),
    endings: rows(records.map(({ ending }) => ending)),
    faults: rows(records.flatMap(({ fault }) => (fault === undefined ? [] : [`${fault.phase}: ${fault.kind}`]))),
    upstreamErrors: rows(records.flatMap(({ upstreamError }) => upstreamError ?? [])),
    retries: rows(
      attempts.flatMap(({ retry, fault, status }) =>
        retry === undefined ? [] : [`${retry}: ${fault?.kind ?? `status ${status}`}`],
      ),
    ),
    races: { seen: races.length, retried: races.filter(({ retry }) => retry !== undefined).length },
    saved: records.filter((record) => record.attempts.length > 1 && failureOf(record) === undefined).length,
    stalls: records.reduce((sum, record) => sum + record.stalls, 0),
    latencies: latencies(records),
  }
}

function errorRows(records: readonly ExchangeRecord[]): ErrorRow[] {
  const counts = new Map<string, { error: string; isSse: boolean; exchanges: number }>()
  for (const record of records) {
    const error = failureOf(record)
    if (error === undefined) continue
    const isSse = record.sse === true
    const row = counts.get(`${error} ${isSse}`) ?? { error, isSse, exchanges: 0 }
    counts.set(`${error} ${isSse}`, { ...row, exchanges: row.exchanges + 1 })
  }
  return [...counts.values()].toSorted((a, b) => b.exchanges - a.exchanges || a.error.localeCompare(b.error))
}

function rows(names: readonly string[]): Row[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .map(([name, exchanges]) => ({ name, exchanges }))
    .toSorted((a, b) => b.exchanges - a.exchanges || a.name.localeCompare(b.name))
}

const DURATIONS = {
  'to headers': ({ headersMs }: ExchangeRecord) => headersMs,
  'to first data': ({ firstDataMs }: ExchangeRecord) => firstDataMs,
  'to first byte sent': ({ firstSentMs }: ExchangeRecord) => firstSentMs,
  'longest silence': ({ sse, longestSilenceMs }: ExchangeRecord) => (sse === true ? longestSilenceMs : undefined),
  'whole exchange': ({ durationMs }: ExchangeRecord) => durationMs,
}

function latencies(records: readonly ExchangeRecord[]): Latency[] {
  return Object.entries(DURATIONS).flatMap(([name, read]) => {
    const values = records
      .map(read)
      .filter((value) => value !== undefined)
      .toSorted((a, b) => a - b)
    const at = (share: number): number => Math.round(values[Math.ceil(share * values.length) - 1] ?? 0)
    if (values.length === 0) return []
    return [{ name, exchanges: values.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }]
  })
}
