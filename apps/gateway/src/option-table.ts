import { SERVER_PRESETS } from '@stopbit/server-presets'

/** How the text of an option is read. */
type OptionKind =
  | 'choice'
  /** `yes` or `no`; the flag alone is `yes`. */
  | 'switch'
  | 'duration'
  | 'duration-or-off'
  | 'size'
  | 'port'
  | 'url'
  | 'text'
  | 'list'
  | 'secret'
  | 'file'

/** One option of the gateway: a flag, an environment variable and a key of the configuration file. */
export interface OptionRow {
  readonly name: string
  readonly kind: OptionKind
  /** The flag, where it is not the name in kebab case. */
  readonly flag?: string
  readonly help: string
}

/**
 * Every option of `stopbit gateway`. `idleTimeoutMs` is `--idle-timeout-ms`, `STOPBIT_IDLE_TIMEOUT_MS`, and `idleTimeoutMs`
 * in the configuration file. Secrets have no flag, because other users of the machine can read a command line.
 */
export const OPTIONS: readonly OptionRow[] = [
  { name: 'upstreamUrl', kind: 'url', flag: 'upstream', help: 'where the API is, e.g. https://api.anthropic.com' },
  { name: 'listenHost', kind: 'text', flag: 'host', help: 'address to listen on (default 127.0.0.1)' },
  { name: 'listenPort', kind: 'port', flag: 'port', help: 'port to listen on, 0 for any free one (default 4141)' },
  { name: 'allowedHosts', kind: 'list', help: 'more host names that clients may use for the gateway, comma separated' },
  { name: 'token', kind: 'secret', help: 'what clients must present in x-stopbit-token' },
  { name: 'credential', kind: 'secret', help: "API key sent upstream in place of the client's" },
  { name: 'upstreamCaFile', kind: 'file', help: "PEM file of the authorities that may sign the API's certificate" },
  {
    name: 'upstreamProxy',
    kind: 'text',
    help: 'proxy on the way to the API: its URL, "none", or "environment" for HTTPS_PROXY and NO_PROXY (default)',
  },
  { name: 'allowH2', kind: 'choice', help: 'whether HTTP/2 is offered to the API: no (default) or yes' },
  { name: 'maxConnections', kind: 'size', help: 'most connections to the API (default 8192)' },
  { name: 'poolWaitMs', kind: 'duration', help: 'longest wait for a free connection (default 5000)' },
  { name: 'uploadStallMs', kind: 'duration', help: 'longest silence of a client in its request (default 60000)' },
  {
    name: 'retry',
    kind: 'choice',
    help: 'what is sent again before an event went out: never, unsent, stale-once or replayable (default)',
  },
  { name: 'retryBackoffMs', kind: 'duration', help: 'first back-off before a retry (default 1000, plus jitter)' },
  { name: 'retryWindowMs', kind: 'duration', help: 'when the last retry may start (default 20000)' },
  { name: 'connectTimeoutMs', kind: 'duration', help: 'longest connection set-up (default 10000)' },
  {
    name: 'headersTimeoutMs',
    kind: 'duration',
    help: 'longest wait for an answer (default 280000 for streams, else 590000)',
  },
  { name: 'idleTimeoutMs', kind: 'duration', help: 'longest silence of the API in a response (default 240000)' },
  {
    name: 'stallWarnMs',
    kind: 'duration-or-off',
    help: 'silence of the API in a response that is logged (default 15000)',
  },
  { name: 'progressTimeoutMs', kind: 'duration', help: 'longest time without model data (default 1200000)' },
  { name: 'totalTimeoutMs', kind: 'duration-or-off', help: 'longest exchange (default off)' },
  { name: 'commit', kind: 'choice', help: 'when a 200 goes out: first-data (default) or headers' },
  {
    name: 'earlyCommitMs',
    kind: 'duration-or-off',
    help: 'sends a 200 so long after the request, answered or not (default off; 25000 for fronts that cut at 30 s)',
  },
  { name: 'commitAfterMs', kind: 'duration', help: 'longest that a 200 is held back for model data (default 10000)' },
  { name: 'openingHoldMs', kind: 'duration', help: 'longest that opening events are held back (default 120000)' },
  {
    name: 'heartbeatMs',
    kind: 'duration-or-off',
    help: 'silence after which the client gets a heartbeat (default 7000)',
  },
  {
    name: 'downstreamStallMs',
    kind: 'duration',
    help: 'longest that a client may leave bytes unread (default 120000)',
  },
  {
    name: 'finishGraceMs',
    kind: 'duration',
    help: 'silence that ends a finished stream without a terminal event (default 5000)',
  },
  {
    name: 'onClientGone',
    kind: 'choice',
    help: 'what becomes of the API when the client leaves: abort (default) or drain',
  },
  { name: 'ending', kind: 'choice', help: 'what a cut stream ends with: error (default), keep-partial or truncate' },
  {
    name: 'dialect',
    kind: 'choice',
    help: 'what the API speaks on paths of its own, e.g. anthropic-messages (default: by the path)',
  },
  { name: 'maxEventBytes', kind: 'size', help: 'largest event (default 16777216)' },
  { name: 'maxJsonBytes', kind: 'size', help: 'largest JSON answer that is held until it is whole (default 8388608)' },
  { name: 'maxReplayBytes', kind: 'size', help: 'largest request body that is kept (default 33554432)' },
  {
    name: 'serverPreset',
    kind: 'list',
    help: `what is in front: ${Object.keys(SERVER_PRESETS).join(', ')}; with "kubernetes" as well if that stops it (default loopback)`,
  },
  {
    name: 'listenerKeepaliveMs',
    kind: 'duration',
    help: 'how long idle client connections are kept (default: by the preset, 600000 for loopback)',
  },
  {
    name: 'drainDelayMs',
    kind: 'duration-or-off',
    help: 'how long a stopping gateway takes new requests, not being ready (default off; 10000 for kubernetes)',
  },
  {
    name: 'drainDeadlineMs',
    kind: 'duration',
    help: 'how long a stopping gateway waits for responses, the delay in it (default 25000)',
  },
  {
    name: 'adminPort',
    kind: 'port',
    help: 'port on 127.0.0.1 for the status page, /metrics, /healthz and /readyz; 0 for any free one, or "off" (default: the next after --port)',
  },
  {
    name: 'verbose',
    kind: 'switch',
    help: 'whether the log says when each connection opened, was reused, closed or reset, and by whom: no (default) or yes',
  },
  {
    name: 'journalDir',
    kind: 'text',
    help: 'folder in which a record of each exchange is kept, for "stopbit report" (default: none)',
  },
  { name: 'journalMaxBytes', kind: 'size', help: 'most bytes of the journal (default 134217728)' },
  { name: 'journalMaxAgeMs', kind: 'duration', help: 'how long records are kept (default 1209600000: 14 days)' },
  {
    name: 'recordDir',
    kind: 'text',
    help: 'folder for a redacted draft of a trace of each API connection that fails, at most 500 (default: none)',
  },
]

/** Options whose machinery is not built. Asking for one is an error, so that nobody relies on it. */
export const PLANNED: ReadonlySet<string> = new Set(['recovery'])

/** `idleTimeoutMs` → `STOPBIT_IDLE_TIMEOUT_MS` */
export function toVariable(name: string): string {
  return `STOPBIT_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}

/** `idleTimeoutMs` → `--idle-timeout-ms` */
export function toFlag({ name, flag }: Pick<OptionRow, 'name' | 'flag'>): string {
  return `--${flag ?? name.replace(/[A-Z]/g, '-$&').toLowerCase()}`
}
