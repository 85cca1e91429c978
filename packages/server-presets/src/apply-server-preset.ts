import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'

/** Listener settings of a Node server, with Node's own names; milliseconds. */
export interface ServerPreset {
  /** Silence after which an idle kept-alive connection is closed. Advertised to clients in whole seconds. */
  readonly keepAliveTimeout: number
  /** Longest time for a request's headers to arrive, from the connection's start or the last response. */
  readonly headersTimeout: number
  /** Longest time for a whole request, its body included, to arrive. Never cuts a response. */
  readonly requestTimeout: number
}

/**
 * One developer's machine: clients come straight from the loopback interface, with nothing in front.
 *
 * - `keepAliveTimeout` 600,000: some clients ignore the advertised time and reuse a socket however old it is (Bun's fetch,
 *   measured: it raced at 5,985 ms against Node's default of 5 s + 1 s). With few local sockets a long time costs nothing.
 * - `headersTimeout` 60,000 and `requestTimeout` 300,000: Node's defaults; they do not touch idle or streaming connections.
 *
 * Source: reference failure signatures §4.1 and §5.1.
 */
const LOOPBACK: ServerPreset = { keepAliveTimeout: 600_000, headersTimeout: 60_000, requestTimeout: 300_000 }

/** The fronts that a preset is named after. */
export type ServerPresetName = 'loopback'

/** Every named preset. */
export const SERVER_PRESETS: Readonly<Record<ServerPresetName, ServerPreset>> = { loopback: LOOPBACK }

/**
 * Silence after which the system asks a client's host whether it is still there. It is all that bounds a side channel that
 * may rightly be silent for hours. 30 s: below the idle limits of NATs and load balancers, of which 60 s is the shortest.
 */
const TCP_KEEP_ALIVE_MS = 30_000

/**
 * Sets a server's listener timeouts, also while it runs; open connections keep theirs until their next response.
 *
 * `server.timeout` is set to 0, as it would destroy a stream that is silent for a while. Call it once per server: it also
 * turns TCP keep-alive on for every connection to come.
 */
export function applyServerPreset(server: HttpServer | HttpsServer, preset: ServerPresetName | ServerPreset): void {
  const { keepAliveTimeout, headersTimeout, requestTimeout } =
    typeof preset === 'string' ? SERVER_PRESETS[preset] : preset
  server.keepAliveTimeout = keepAliveTimeout
  server.headersTimeout = headersTimeout
  server.requestTimeout = requestTimeout
  server.timeout = 0
  server.on('connection', (socket: Socket) => socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS))
}
