import { isIPv6 } from 'node:net'
import { OptionError, type ExchangeRecord } from '@stopbit/exchange'
import { failureOf, startTelemetry } from '@stopbit/telemetry'
import type { Logger } from 'pino'
import { ADMIN_HOST, startAdminServer, type AdminRoutes, type AdminServer } from './admin/admin-server.ts'
import { StateCollector } from './admin/collect-state.ts'
import { adminRoutes } from './admin/routes.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { openJournal, type Journal } from './journal/open-journal.ts'
import { createLog } from './log/create-log.ts'
import { logListenerEvent, logUpstreamSockets } from './log/log-sockets.ts'
import { createMetrics, type MetricsPage } from './metrics/create-metrics.ts'
import { startGateway, type GatewayEvents } from './start-gateway.ts'
import { createStatusPage, type StatusPage } from './status-page/status-page.ts'

/** How long a stopping gateway waits for its log and its journal to be taken. */
const FLUSH_MS = 1_000

/**
 * Runs a gateway with everything by which its operator sees it, until a signal ends the process. Rejects if it cannot start:
 * with an `OptionError` if an option is to blame.
 */
export async function runGateway(options: GatewayOptions): Promise<void> {
  const { origin, hostname } = options.upstreamUrl
  const gatewayLog = await createLog({ verbose: options.verbose, terminal: process.stderr.isTTY })
  const { log } = gatewayLog
  const state = new StateCollector(origin)
  const journal = await journalOf(options, log)
  const metrics = createMetrics(state, () => ({
    logLines: gatewayLog.droppedLines,
    journalRecords: journal?.lostRecords ?? 0,
  }))
  const page = createStatusPage()
  startTelemetry({ serverAddress: hostname })
  if (options.verbose) logUpstreamSockets(log)

  const running = await startGateway(options, eventsFor({ log, state, metrics, page, journal }))
  state.started(running)
  page.listens(urlOf(options.listenHost, running.port))
  // Not before the listener has its port: what it says when that is taken has to stand alone.
  const routes = { ...adminRoutes(metrics), ...page.routes }
  const admin = await adminOf(options, { state, routes }).catch(async (error: unknown) => {
    await running.stop()
    throw error
  })
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    state.stopping()
    void running.stop().then(() => {
      setTimeout(() => process.exit(0), FLUSH_MS)
      state.close()
      void admin?.stop()
      const closeLog = (): void => gatewayLog.close(() => process.exit(0))
      if (journal === undefined) closeLog()
      else journal.close(closeLog)
    })
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const adminUrl = admin && `${urlOf(ADMIN_HOST, admin.port)}/`
  log.info({ host: options.listenHost, port: running.port, upstream: origin, admin: adminUrl }, 'listening')
  // Last, so that whoever waits for it may send a signal at once. stdout is for this line alone.
  process.stdout.write(`STOPBIT_READY ${JSON.stringify({ port: running.port })}\n`)
}

/** What is told of everything that happens. */
interface Watching {
  readonly log: Logger
  readonly state: StateCollector
  readonly metrics: MetricsPage
  readonly page: StatusPage
  readonly journal: Journal | undefined
}

function eventsFor({ log, state, metrics, page, journal }: Watching): GatewayEvents {
  return {
    onRecord: (record) => {
      state.settled(record)
      metrics.settled(record)
      page.settled(record)
      journal?.write(record)
      logExchange(log, record)
    },
    onStall: (warning) => {
      state.stalled(warning)
      log.warn(warning, 'upstream silent')
    },
    onRefused: (request) => {
      state.refused(request)
      log.warn(request, 'refused')
    },
    onDefect: (defect) => {
      state.defect()
      log.error(defect)
    },
    onDraft: (draft) => log.info(draft, 'draft'),
    onListener: (event) => logListenerEvent(log, event),
  }
}

function logExchange(log: Logger, record: ExchangeRecord): void {
  if (failureOf(record) === undefined) log.info(record, 'exchange')
  else log.warn(record, 'exchange')
}

async function journalOf(
  { journalDir: folder, journalMaxBytes, journalMaxAgeMs, upstreamUrl }: GatewayOptions,
  log: Logger,
): Promise<Journal | undefined> {
  if (folder === undefined) return undefined
  const rule = 'must be a folder that can be written'
  return openJournal({
    folder,
    upstream: upstreamUrl.origin,
    maxBytes: journalMaxBytes,
    maxAgeMs: journalMaxAgeMs,
    onFailed: (error) => log.error({ code: (error as NodeJS.ErrnoException).code }, 'journal cannot be written'),
    onRecovered: (lostRecords) => log.warn({ lostRecords }, 'journal is written again'),
  }).catch((error: Error) => {
    throw new OptionError('journalDir', `${rule} (${error.message})`, folder)
  })
}

/** The admin port. One that nobody asked for by number gives way to whatever is in its way, and says nothing of it. */
async function adminOf(
  { adminPort, listenPort }: GatewayOptions,
  given: { readonly state: StateCollector; readonly routes: AdminRoutes },
): Promise<AdminServer | undefined> {
  if (adminPort === 'off') return undefined
  if (adminPort !== undefined) return startAdminServer({ port: adminPort, ...given })
  const port = listenPort === 0 || listenPort === 65_535 ? 0 : listenPort + 1
  return startAdminServer({ port, ...given })
    .catch(() => startAdminServer({ port: 0, ...given }))
    .catch(() => undefined)
}

function urlOf(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}
