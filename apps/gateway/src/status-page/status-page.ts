import type { ExchangeRecord } from '@stopbit/exchange'
import { failureOf } from '@stopbit/telemetry'
import type { AdminHandler, AdminRoutes } from '../admin/admin-server.ts'
import { makeStatus } from './make-status.ts'
import { MinuteLog } from './minute-log.ts'
import { pageFiles, type PageFile } from './page-files.ts'

/** Everything is ours and of this origin; nothing is written inline, and nobody may frame the page. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"

/** The page on the admin port that shows what the gateway does. */
export interface StatusPage {
  /** Its own files under `/` and `/page/`, and `/status.json`, which it asks for every second. */
  readonly routes: AdminRoutes
  /** Counts an exchange that is over. */
  settled(record: ExchangeRecord): void
  /** Clients reach the gateway there from now on. */
  listens(gatewayUrl: string): void
}

/** Makes the status page of one gateway. */
export function createStatusPage(): StatusPage {
  const minutes = new MinuteLog()
  let gatewayUrl: string | undefined
  const files = Object.entries(pageFiles()).map(([path, file]) => [path, serve(file)] as const)
  return {
    routes: {
      ...Object.fromEntries(files),
      '/status.json': (state, _request, response) => {
        const now = Date.now()
        const status = makeStatus(state, { gatewayUrl, minutes: minutes.lastHour(now), now })
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status))
      },
    },
    settled: (record) => minutes.count(failureOf(record), Date.now()),
    listens: (url) => (gatewayUrl = url),
  }
}

function serve({ type, read }: PageFile): AdminHandler {
  let text: string | undefined
  return (_state, _request, response) => {
    text ??= read()
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY)
    response.setHeader('referrer-policy', 'no-referrer')
    response.writeHead(200, { 'content-type': type }).end(text)
  }
}
