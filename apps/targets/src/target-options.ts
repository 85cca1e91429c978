import { OptionError, type ExchangeOptions } from '@stopbit/exchange'

/** What the contract tells a target, and its limits by name. Durations in milliseconds. */
export interface TargetOptions {
  readonly upstreamUrl: URL
  readonly listenHost: string
  readonly listenPort: number
  readonly credential: string | undefined
  /** PEM, for an upstream over TLS. */
  readonly upstreamCaFile: string | undefined
  readonly connectTimeoutMs: number | undefined
  readonly listenerKeepaliveMs: number | undefined
  readonly drainDeadlineMs: number
  readonly exchange: ExchangeOptions
}

/** A limit of the contract. A target that cannot do something does not understand its variable, and refuses it. */
type LimitName = (typeof EXCHANGE_LIMITS)[number] | 'connectTimeoutMs' | 'listenerKeepaliveMs' | 'drainDeadlineMs'

const EXCHANGE_LIMITS = [
  'headersTimeoutMs',
  'idleTimeoutMs',
  'progressTimeoutMs',
  'totalTimeoutMs',
  'retryBackoffMs',
  'retryWindowMs',
  'commitAfterMs',
  'heartbeatMs',
] as const

/** Where the listener is Node's, and connections to the upstream are `fetch`'s. */
export const FETCH_LIMITS: readonly LimitName[] = [...EXCHANGE_LIMITS, 'listenerKeepaliveMs', 'drainDeadlineMs']
/** Where both are Node's. */
export const NODE_LIMITS: readonly LimitName[] = [...FETCH_LIMITS, 'connectTimeoutMs']
/** Where both are the runtime's. */
export const EDGE_LIMITS: readonly LimitName[] = [...EXCHANGE_LIMITS, 'drainDeadlineMs']

/** Longest duration that timers take: 2^31 - 1 ms. */
const MAX_MS = 2_147_483_647

/** Variables or bindings by name; a binding that has none is null. */
type Variables = Readonly<Record<string, unknown>>

/**
 * Reads the contract's environment (conformance/CONTRACT.md). Throws an `OptionError` for a wrong value and for a `STOPBIT_`
 * variable that is not understood; it names the variable, the rule and the value.
 */
export function readTargetOptions(environment: Variables, limits: readonly LimitName[]): TargetOptions {
  const rest = new Map(Object.entries(environment).flatMap(givenText))
  const take = (name: string): string | undefined => {
    const value = rest.get(name)
    rest.delete(name)
    return value
  }
  const url = take('STOPBIT_UPSTREAM_URL') ?? ''
  const port = take('STOPBIT_LISTEN_PORT') ?? '0'
  if (!URL.canParse(url)) throw new OptionError('STOPBIT_UPSTREAM_URL', 'must be a URL', url)
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new OptionError('STOPBIT_LISTEN_PORT', 'must be a port number from 0 to 65535', port)
  const listenHost = take('STOPBIT_LISTEN_HOST') ?? '127.0.0.1'
  const credential = take('STOPBIT_CREDENTIAL')
  const upstreamCaFile = hasOwnConnections(limits) ? take('STOPBIT_UPSTREAM_CA_FILE') : undefined
  const given = Object.fromEntries(limits.map((name) => [name, readDuration(toVariable(name), take(toVariable(name)))]))
  for (const name of rest.keys()) throw new OptionError(name, 'this target has no such option')
  const { connectTimeoutMs, listenerKeepaliveMs, drainDeadlineMs = 25_000, ...exchange } = given
  return {
    upstreamUrl: new URL(url),
    listenHost,
    listenPort: Number(port),
    credential,
    upstreamCaFile,
    connectTimeoutMs,
    listenerKeepaliveMs,
    drainDeadlineMs,
    exchange,
  }
}

/** Whose connections are `fetch`'s can neither bound their set-up nor choose whom to trust. */
function hasOwnConnections(limits: readonly LimitName[]): boolean {
  return limits.includes('connectTimeoutMs')
}

/** `idleTimeoutMs` is `STOPBIT_IDLE_TIMEOUT_MS`. */
function toVariable(name: LimitName): string {
  return `STOPBIT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** The names of all variables of the contract that a target with these limits understands. */
export function variablesOf(limits: readonly LimitName[]): string[] {
  return [
    'STOPBIT_UPSTREAM_URL',
    'STOPBIT_LISTEN_HOST',
    'STOPBIT_LISTEN_PORT',
    'STOPBIT_CREDENTIAL',
    ...(hasOwnConnections(limits) ? ['STOPBIT_UPSTREAM_CA_FILE'] : []),
    ...limits.map(toVariable),
  ]
}

/** What is not of the contract is left alone, and what is empty was not given. */
function givenText([name, value]: [string, unknown]): [string, string][] {
  return name.startsWith('STOPBIT_') && typeof value === 'string' && value !== '' ? [[name, value]] : []
}

function readDuration(variable: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 1 && value <= MAX_MS) return value
  throw new OptionError(variable, `must be a whole number of milliseconds from 1 to ${MAX_MS}`, text)
}
