import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createListenerGuard } from '@stopbit/server-presets'
import { listen } from '../listen.ts'
import type { OperatorState } from './operator-state.ts'

/** Where the admin port listens. Only there: what it tells is for people on this machine. */
export const ADMIN_HOST = '127.0.0.1'

/** How a path of the admin port is answered. What it throws or rejects with is a 500 without words. */
export type AdminHandler = (
  state: OperatorState,
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>

/** The paths of the admin port, without query; each answers GET and HEAD. */
export type AdminRoutes = Readonly<Record<string, AdminHandler>>

/** An admin port that listens. */
export interface AdminServer {
  readonly port: number
  /** Closes it and its connections. */
  stop(): Promise<void>
}

/**
 * Starts the admin port on loopback. Requests by a foreign `Host` or `Origin`, and those that a browser calls cross-site, are
 * refused as on the gateway's own port. Rejects if it cannot listen.
 *
 * @param options.port 0 for any free one.
 */
export async function startAdminServer(options: {
  readonly port: number
  readonly state: OperatorState
  readonly routes: AdminRoutes
}): Promise<AdminServer> {
  const { port, state, routes } = options
  const guard = createListenerGuard({ host: ADMIN_HOST })
  const server = createServer((request, response) => {
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    const refusal = guard(request)
    if (refusal !== undefined) return answer(response, refusal.status, refusal.sentence)
    const path = request.url?.split('?', 1)[0] ?? '/'
    const handle = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (handle === undefined) return answer(response, 404, 'Nothing is here.')
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'Only GET and HEAD.')
    void respond(handle, state, request, response)
  })
  const listenedPort = await listen(server, ADMIN_HOST, port)
  return {
    port: listenedPort,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers with a line of plain text. */
export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

async function respond(handle: AdminHandler, ...call: Parameters<AdminHandler>): Promise<void> {
  const [, , response] = call
  try {
    await handle(...call)
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    if (response.headersSent) response.destroy()
    else answer(response, 500, 'The gateway failed to answer. The cause is in its log.')
  }
}
