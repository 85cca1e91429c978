import { isIP } from 'node:net'
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from 'undici'
import type { ConnectionLedger } from './connection-ledger.ts'
import { isProxyUrl, type ResolvedPoolOptions, withoutCredentials } from './options.ts'

type Connector = buildConnector.connector

/** Makes the connections to one origin, given how to connect to it. */
export type ConnectionsFactory = (origin: URL, connect: Connector) => Dispatcher

/** undici's agent, and whether it may take a proxy. */
export interface AgentRoute {
  readonly agent: Dispatcher
  readonly proxied: boolean
}

/**
 * undici's agents know the way to the origin: straight, or by a tunnel through a proxy. What they would keep there, a `Pool`,
 * is ours instead: it is not bounded first come, first served, looks through all busy connections for each request, and has
 * no connection that never carried a request.
 *
 * Names are looked up by Node; its happy eyeballs stay on.
 */
export function createAgent(
  options: ResolvedPoolOptions,
  ledger: ConnectionLedger,
  connections: ConnectionsFactory,
): AgentRoute {
  const { ca, allowH2, connectTimeoutMs, proxy, url } = options
  // Said out loud, or NODE_TLS_REJECT_UNAUTHORIZED would be heard.
  const verified = { rejectUnauthorized: true }
  const tls = { ...verified, ...(ca !== undefined && { ca }), allowH2 }
  // One for all connections, so that they share their TLS sessions.
  const direct = buildConnector({ ...tls, timeout: connectTimeoutMs })

  /** undici gives the connector through the tunnel to the factory, and none where there is no proxy. */
  const factory = (origin: string | URL, { connect }: { connect?: Connector }): Dispatcher =>
    connections(new URL(origin), typeof connect === 'function' ? connect : direct)

  if (proxy === 'none' || (proxy === 'environment' && isLoopback(url.hostname))) {
    return { agent: new Agent({ factory }), proxied: false }
  }
  const way = {
    factory,
    requestTls: tls,
    proxyTls: { ...verified, allowH2: false },
    proxyTunnel: true,
    connectTimeout: connectTimeoutMs,
    clientFactory: (origin: URL, { connect }: { connect?: Connector }): Dispatcher =>
      proxyPool(origin, connect ?? direct, connectTimeoutMs, ledger),
  }
  if (proxy === 'environment') return { agent: environmentAgent(way), proxied: true }
  return { agent: new ProxyAgent({ ...way, uri: proxy.href }), proxied: true }
}

/**
 * Where the tunnels come from. A proxy that takes the connection and never answers CONNECT is a connection that cannot be set
 * up in time.
 */
function proxyPool(origin: URL, connect: Connector, timeoutMs: number, ledger: ConnectionLedger): Dispatcher {
  return new Pool(origin, { connect: ledger.tracking(connect), headersTimeout: timeoutMs, allowH2: false })
}

function environmentAgent(options: EnvHttpProxyAgent.Options): Dispatcher {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) {
    const value = process.env[name]
    if (value !== undefined && value !== '' && !isProxyUrl(value)) {
      throw new TypeError(
        `Cannot use ${name}: must be an http: or https: URL, got "${String(withoutCredentials(value))}"`,
      )
    }
  }
  return new EnvHttpProxyAgent(options)
}

/** The names and addresses that RFC 6761 and RFC 1122 keep on this machine. */
function isLoopback(hostname: string): boolean {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
  if (isIP(name) === 4) return name.startsWith('127.')
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]'
}
