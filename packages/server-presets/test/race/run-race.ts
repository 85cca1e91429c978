import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startFarPath } from './start-far-path.ts'
import { applyServerPreset, observeListener, SERVER_PRESETS, type ListenerCounters } from '../../src/index.ts'

/** Two seconds stand for the front's sixty, so that a gap fits into a test. */
export const SCALE: number = 1 / 30

/** Who sends: the first three as fronts with an idle limit of their own, as far as they have one. */
export const CLIENTS = ['undici', 'http.Agent', 'fetch', 'bun'] as const
type ClientName = (typeof CLIENTS)[number]

/** In the order of the table. */
export const SERVERS = ['control', 'nginx', 'aws-alb'] as const
/** How the server keeps idle connections: by a preset, or, as the control, just as long as the front, without hint and buffer. */
type ServerName = (typeof SERVERS)[number]

/** What became of the POSTs of one client against one server. */
export interface RaceRow {
  readonly server: ServerName
  readonly client: ClientName
  readonly sent: number
  readonly lost: number
  readonly counted: Readonly<ListenerCounters>
}

const CONNECTIONS = 50
/** One way between client and server: a region's usual 30 ms there and back. What is lost without a preset falls into that time. */
const PATH_MS = 15
/** Around the front's limit. A gap begins with the last response of a burst, when other connections are idle for some time. */
const OFFSETS_MS = [-80, -50, -35, -25, -18, -12, -8, -4, -1, 2]

/** Runs the whole table at once: about twenty-five seconds, most of them idle. */
export function runRaces(): Promise<RaceRow[]> {
  return Promise.all(SERVERS.flatMap((server) => CLIENTS.map((client) => runRace(server, client))))
}

async function runRace(name: ServerName, client: ClientName): Promise<RaceRow> {
  const preset = SERVER_PRESETS[name === 'control' ? 'nginx' : name]
  const frontIdleMs = (preset.frontIdleMs ?? 0) * SCALE
  const server = createServer((request, response) => {
    // A `connection` of its own keeps Node from adding the hint.
    if (name === 'control') response.setHeader('connection', 'keep-alive')
    request.resume().once('end', () => response.end('{}'))
  })
  const counted = observeListener(server)
  const { headersTimeout, requestTimeout } = preset
  if (name === 'control') {
    applyServerPreset(server, {
      keepAliveTimeout: frontIdleMs,
      keepAliveTimeoutBuffer: 0,
      headersTimeout,
      requestTimeout,
    })
  } else {
    const keepAliveTimeout = preset.keepAliveTimeout * SCALE
    const keepAliveTimeoutBuffer = Math.round(1_000 * SCALE)
    applyServerPreset(server, { keepAliveTimeout, keepAliveTimeoutBuffer, headersTimeout, requestTimeout, frontIdleMs })
  }
  const path = await startFarPath(await listen(server), PATH_MS)
  try {
    const gaps = OFFSETS_MS.map((offset) => frontIdleMs + offset)
    const { sent, lost } = await runClient(client, [path.url, frontIdleMs, CONNECTIONS, gaps].map(String))
    return { server: name, client, sent, lost, counted: structuredClone(counted) }
  } finally {
    path.close()
    server.closeAllConnections()
    server.close()
  }
}

async function runClient(client: ClientName, args: string[]): Promise<{ sent: number; lost: number }> {
  const script = join(import.meta.dirname, 'race-client.ts')
  const program = client === 'bun' ? join(import.meta.dirname, '../../node_modules/.bin/bun') : process.execPath
  const { stdout } = await promisify(execFile)(program, [script, client, ...args], { timeout: 60_000 })
  return JSON.parse(stdout) as { sent: number; lost: number }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
