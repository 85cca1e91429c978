import { createServer, connect as connectTcp, isIP, type AddressInfo, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ConnectionRecorder, type ConnectionRecorderEvents } from './http/connection-recorder.ts'

/** Where a tap sits. */
export interface TapOptions extends ConnectionRecorderEvents {
  /** Scheme, host and port count. TLS to an `https:` upstream ends at the tap; the client side is plain. */
  readonly upstream: URL
  /** Loopback only: what passes is not encrypted. Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default 0, any free port. */
  readonly port?: number | undefined
  /** Authorities in PEM form, in place of the system's. */
  readonly ca?: string | undefined
  /**
   * `keep` leaves every byte as it is; `upstream` puts the upstream's name into the request's Host field, without which the
   * fronts of most public APIs do not answer. Default: `upstream` for https, else `keep`.
   */
  readonly hostField?: 'keep' | 'upstream' | undefined
}

/** A tap that listens. */
export interface Tap {
  readonly port: number
  /** Ends the open exchanges as `stopped`, and closes every connection. */
  stop(): Promise<void>
}

/** What may wait for a slow reader before the other side is held back: a reset loses what was not read. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

/** Relays each client connection over a connection of its own, byte by byte, and records the exchanges on it. Rejects if it cannot listen. */
export async function startTap(options: TapOptions): Promise<Tap> {
  const host = options.host ?? '127.0.0.1'
  if (!isLoopback(host)) throw new TypeError(`Cannot use listen: must be a loopback address, got "${host}"`)
  const open = new Set<() => void>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const stop = relay(client, options)
    open.add(stop)
    client.once('close', () => open.delete(stop))
  })
  await listen(server, host, options.port ?? 0)
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const end of open) end()
      await closed
    },
  }
}

/** Joins a client to a new connection to the upstream; returns how to end both. */
function relay(client: Socket, options: TapOptions): () => void {
  const recorder = new ConnectionRecorder(options)
  const upstream = connectUpstream(options)
  const field = options.hostField ?? (options.upstream.protocol === 'https:' ? 'upstream' : 'keep')
  const toUpstream = field === 'keep' ? (bytes: Buffer): Buffer => bytes : hostRewriter(options.upstream.host, recorder)
  let connected = false
  upstream.once(options.upstream.protocol === 'https:' ? 'secureConnect' : 'connect', () => (connected = true))

  client.on('data', (bytes) => {
    const sent = toUpstream(bytes)
    recorder.fromClient(bytes)
    pass(sent, client, upstream)
  })
  upstream.on('data', (bytes) => {
    recorder.fromUpstream(bytes)
    pass(bytes, upstream, client)
  })
  client.on('end', () => upstream.end())
  upstream.on('end', () => {
    // A reset that comes with the last bytes reads as an orderly end; but a socket that was reset has no peer any more.
    const wasReset = !('encrypted' in upstream) && upstream.remoteAddress === undefined
    recorder.end(wasReset ? 'rst' : 'fin')
    if (wasReset) reset(client)
    else client.end()
  })
  upstream.on('error', ({ code }: NodeJS.ErrnoException) => {
    const failed = (): void => {
      if (connected) recorder.end('rst')
      else if (code === 'ECONNREFUSED') recorder.end('refused')
      else recorder.drop(`no connection to the upstream (${code ?? 'unknown'})`)
      reset(client)
    }
    if (connected || recorder.busy) failed()
    else client.once('data', failed) // without a request there is no exchange yet that could fail
  })
  client.on('error', () => {
    recorder.end('client-left')
    reset(upstream)
  })
  client.on('close', () => {
    recorder.end('client-left')
    upstream.destroy()
  })
  return () => {
    recorder.end('stopped')
    client.destroy()
    upstream.destroy()
  }
}

function connectUpstream({ upstream, ca }: TapOptions): Socket {
  const secure = upstream.protocol === 'https:'
  const host = upstream.hostname.replace(/^\[|\]$/g, '')
  const port = Number(upstream.port || (secure ? 443 : 80))
  if (!secure) return connectTcp({ host, port, allowHalfOpen: true, noDelay: true })
  const name = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ host, port, ...name, ...(ca !== undefined && { ca }), ALPNProtocols: ['http/1.1'] })
}

function pass(bytes: Buffer, from: Socket, to: Socket): void {
  if (bytes.length === 0 || to.destroyed || !to.writable) return
  to.write(bytes)
  if (to.writableLength <= MAX_WAITING_BYTES) return
  from.pause()
  to.once('drain', () => from.resume())
}

/** A reset that overtook the bytes before it would be another failure. */
function reset(socket: Socket): void {
  if (socket.writableLength === 0 || socket.connecting) socket.resetAndDestroy()
  else socket.once('drain', () => socket.resetAndDestroy())
}

/** Puts `host` into the Host field of each request; holds a head until it is whole. */
function hostRewriter(host: string, recorder: ConnectionRecorder): (bytes: Buffer) => Buffer {
  let held: Buffer | undefined
  return (bytes) => {
    if (held === undefined && !recorder.atRequestStart) return bytes
    held = held === undefined ? bytes : Buffer.concat([held, bytes])
    const end = held.indexOf('\r\n\r\n')
    if (end < 0 && held.length < MAX_WAITING_BYTES) return Buffer.alloc(0)
    const head = held.toString('latin1', 0, Math.max(end, 0)).replace(/^(host:[ \t]*)[^\r\n]*/im, `$1${host}`)
    const whole = Buffer.concat([Buffer.from(head, 'latin1'), held.subarray(Math.max(end, 0))])
    held = undefined
    return whole
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
