import type { LimitName } from '@stopbit/traces'

/** Variables that are not limits. */
const BASE_VARIABLES = [
  'STOPBIT_UPSTREAM_URL',
  'STOPBIT_LISTEN_HOST',
  'STOPBIT_LISTEN_PORT',
  'STOPBIT_CREDENTIAL',
  'STOPBIT_UPSTREAM_CA_FILE',
] as const

/** The variable that carries each limit. */
export const LIMIT_VARIABLES: { readonly [name in LimitName]: `STOPBIT_${string}` } = {
  connectTimeoutMs: 'STOPBIT_CONNECT_TIMEOUT_MS',
  headersTimeoutMs: 'STOPBIT_HEADERS_TIMEOUT_MS',
  idleTimeoutMs: 'STOPBIT_IDLE_TIMEOUT_MS',
  progressTimeoutMs: 'STOPBIT_PROGRESS_TIMEOUT_MS',
  totalTimeoutMs: 'STOPBIT_TOTAL_TIMEOUT_MS',
  retryBackoffMs: 'STOPBIT_RETRY_BACKOFF_MS',
  retryWindowMs: 'STOPBIT_RETRY_WINDOW_MS',
  commitAfterMs: 'STOPBIT_COMMIT_AFTER_MS',
  heartbeatMs: 'STOPBIT_HEARTBEAT_MS',
  listenerKeepaliveMs: 'STOPBIT_LISTENER_KEEPALIVE_MS',
  drainDeadlineMs: 'STOPBIT_DRAIN_DEADLINE_MS',
}

export type ContractVariable = (typeof BASE_VARIABLES)[number] | (typeof LIMIT_VARIABLES)[LimitName]

/** Every variable of the contract. */
export const CONTRACT_VARIABLES: ReadonlySet<string> = new Set([...BASE_VARIABLES, ...Object.values(LIMIT_VARIABLES)])
