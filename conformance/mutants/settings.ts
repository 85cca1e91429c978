// What the reference proxy is told from outside: the contract's variables, and the one thing that is to be broken.

const mutant = process.env['MUTANT']

/** Whether this process is the mutant of that name. */
export function is(name: string): boolean {
  return mutant === name
}

export const upstreamUrl: URL = new URL(process.env['STOPBIT_UPSTREAM_URL'] ?? '')
export const listenHost: string = process.env['STOPBIT_LISTEN_HOST'] ?? '127.0.0.1'
export const listenPort: number = duration('STOPBIT_LISTEN_PORT', 0)
/** Authorities that vouch for the upstream, beside the runtime's own. */
export const upstreamCaFile: string | undefined = process.env['STOPBIT_UPSTREAM_CA_FILE']
export const connectTimeoutMs: number = duration('STOPBIT_CONNECT_TIMEOUT_MS', 10_000)
export const headersTimeoutMs: number = duration('STOPBIT_HEADERS_TIMEOUT_MS', 280_000)
export const idleTimeoutMs: number = duration('STOPBIT_IDLE_TIMEOUT_MS', 240_000)
export const progressTimeoutMs: number = duration('STOPBIT_PROGRESS_TIMEOUT_MS', 1_200_000)
export const heartbeatMs: number = duration('STOPBIT_HEARTBEAT_MS', 7_000)
export const keepaliveMs: number = duration('STOPBIT_LISTENER_KEEPALIVE_MS', 65_000)
export const drainDeadlineMs: number = duration('STOPBIT_DRAIN_DEADLINE_MS', 25_000)

function duration(name: string, fallback: number): number {
  return Number(process.env[name] ?? fallback)
}
