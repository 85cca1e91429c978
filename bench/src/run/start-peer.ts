import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { Peer } from '../peers.ts'
import { NoMeasurement } from './no-measurement.ts'
import { familyOf } from './processes.ts'
import { startProcess, stopProcess } from './start-process.ts'

/** A peer that listens. */
export interface RunningPeer {
  readonly port: number
  /** The process and its children. */
  readonly pids: readonly number[]
  stop(): Promise<void>
}

export interface PeerPlace {
  readonly upstreamUrl: string
  /** PEM of the authority of the upstream's certificate. */
  readonly certificateFile: string
  readonly core: number | undefined
}

const START_MS = 15_000

/** Starts a peer. Rejects with a `NoMeasurement` that says why it cannot. */
export async function startPeer(peer: Peer, { upstreamUrl, certificateFile, core }: PeerPlace): Promise<RunningPeer> {
  if (peer.command === undefined)
    return { port: Number(new URL(upstreamUrl).port), pids: [], stop: () => Promise.resolve() }
  const port = String(await freePort())
  const child = startProcess(peer.command, core, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...peer.env,
      NODE_ENV: 'production',
      NODE_EXTRA_CA_CERTS: certificateFile,
      UPSTREAM_URL: upstreamUrl,
      PORT: port,
      STOPBIT_UPSTREAM_URL: upstreamUrl,
      STOPBIT_LISTEN_PORT: port,
      STOPBIT_UPSTREAM_CA_FILE: certificateFile,
    },
  })
  let said = ''
  child.stderr?.on('data', (bytes) => (said = `${said}${bytes}`.slice(-2_000)))
  const { promise: ready, resolve, reject } = Promise.withResolvers<number>()
  const timer = setTimeout(() => reject(new NoMeasurement(`not ready within ${START_MS / 1000} s`)), START_MS)
  child.once('error', (error) => reject(new NoMeasurement(error.message)))
  child.once('exit', (code) => reject(new NoMeasurement(`ended with ${code}: ${lastLine(said)}`)))
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (line) => {
      const listening = /READY (?:\{"port":)?(\d+)/.exec(line)?.[1]
      if (listening !== undefined) resolve(Number(listening))
    })
  const stop = (): Promise<void> => stopProcess(child, 500)
  try {
    return { port: await ready, pids: familyOf(child.pid ?? 0), stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** nginx cannot be asked which port it was given. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
