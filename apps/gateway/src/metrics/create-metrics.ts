import type { ExchangeRecord } from '@stopbit/exchange'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { OperatorState } from '../admin/operator-state.ts'

/** What `/metrics` answers with. */
export interface MetricsPage {
  readonly contentType: string
  render(): Promise<string>
  /** An exchange is over. */
  settled(record: ExchangeRecord): void
}

/** Losses that the operator has to hear of although they stop nothing, as numbers that only grow. */
export interface Losses {
  readonly logLines: number
  readonly journalRecords: number
}

/** Streams take minutes, and the clocks cut from 120 s to 1,200 s. */
const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1280]

/**
 * The metrics of a gateway, in a registry of their own. No label holds what a client can choose: no model, path or id, since
 * each value would be a series for ever.
 */
export function createMetrics(state: OperatorState, losses: () => Losses): MetricsPage {
  const registry = new Registry()
  const registers = [registry]
  const seconds = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: ['dialect', 'ending'] as const, buckets: SECONDS, registers })
  const duration = seconds('stopbit_exchange_duration_seconds', 'From the request to the end of the response')
  const firstData = seconds('stopbit_exchange_first_data_seconds', 'From the request to the first model data')
  const silence = seconds('stopbit_exchange_longest_silence_seconds', 'Longest time without a byte of the API')
  const bytes = new Counter({
    name: 'stopbit_body_bytes_total',
    help: 'Bytes of bodies',
    labelNames: ['direction'] as const,
    registers,
  })
  const faults = new Counter({
    name: 'stopbit_faults_total',
    help: 'Exchanges that ended in a fault',
    labelNames: ['kind', 'phase', 'dialect', 'sse'] as const,
    registers,
  })
  mirrorState(registry, state, losses)
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    settled({ dialect, ending, durationMs, firstDataMs, longestSilenceMs, fault, sse, ...record }) {
      const labels = { dialect, ending }
      duration.observe(labels, durationMs / 1000)
      if (firstDataMs !== undefined) firstData.observe(labels, firstDataMs / 1000)
      if (record.upstreamStatus !== undefined) silence.observe(labels, longestSilenceMs / 1000)
      bytes.inc({ direction: 'request' }, record.requestBytes)
      bytes.inc({ direction: 'upstream' }, record.upstreamBytes)
      bytes.inc({ direction: 'downstream' }, record.downstreamBytes)
      if (fault !== undefined) faults.inc({ kind: fault.kind, phase: fault.phase, dialect, sse: String(sse === true) })
    },
  }
}

type Counts = Readonly<Record<string, number>>

/** What is counted elsewhere is only read, when the page is asked for. */
function mirrorState(registry: Registry, state: OperatorState, losses: () => Losses): void {
  const registers = [registry]
  const mirror = (name: string, label: string, help: string, read: () => Counts): void => {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset()
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count)
      },
    })
  }
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  new Gauge({
    name: 'stopbit_pool',
    help: 'Connections to the API that are open, calls that have one, and calls that wait for one',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [value, count] of Object.entries(state.sockets.poolNow)) this.set({ state: value }, count)
    },
  })
  const { totals } = state
  mirror('stopbit_exchanges_total', 'ending', 'Exchanges that are over, by how they ended', () => totals.endings)
  mirror(
    'stopbit_upstream_errors_total',
    'type',
    'Errors that the API sent in its streams',
    () => totals.upstreamErrors,
  )
  mirror('stopbit_retries_total', 'reason', 'Requests sent again', () => state.sockets.retries)
  mirror('stopbit_refused_total', 'reason', 'Requests refused before they were exchanges', () => totals.refused)
  mirror('stopbit_pool_total', 'event', 'Connections to the API: what happened', () => state.sockets.pool)
  mirror('stopbit_listener_total', 'event', 'Connections of clients: what happened', () => state.sockets.listener)
  mirror('stopbit_losses_total', 'of', 'Log lines and journal records that were dropped', () => ({ ...losses() }))
  mirror('stopbit_alarms_total', 'kind', 'Silences warned of, and defects of the gateway', () => ({
    stall: totals.stalls,
    defect: totals.defects,
  }))
  gauge('stopbit_exchanges_live', 'Exchanges under way', () => state.live().length)
  gauge('stopbit_ready', '1 while new requests are wanted', () => (state.phase === 'ready' ? 1 : 0))
  gauge('process_start_time_seconds', 'Start of the process', () => state.startedAt / 1000)
  gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss())
}
