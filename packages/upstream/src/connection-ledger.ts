import { Socket } from 'node:net'
import { type buildConnector, errors } from 'undici'
import { errorCode, poolError } from './pool-error.ts'
import { takeOut } from './take-out.ts'

type Connector = buildConnector.connector

/**
 * The sockets of one pool: those that are being connected, those that are open, and the tunnels below them. It sees every
 * one because it stands between undici and its connectors, which is also where set-up errors get their final form.
 */
export class ConnectionLedger {
  opened = 0
  failures = 0
  readonly #open: Socket[] = []
  /** Sockets that no Client of undici's knows of: those on their way, and those to the proxy. */
  readonly #unowned: Socket[] = []
  #closedBytesSent = 0
  #closedBytesReceived = 0
  #destroyed = false

  get open(): number {
    return this.#open.length
  }

  get bytesSent(): number {
    let sum = this.#closedBytesSent
    for (const socket of this.#open) sum += socket.bytesWritten
    return sum
  }

  get bytesReceived(): number {
    let sum = this.#closedBytesReceived
    for (const socket of this.#open) sum += socket.bytesRead
    return sum
  }

  /** A connector to the origin whose connections are counted. */
  counting(connect: Connector): Connector {
    return (options, callback) => {
      const underway = this.#start(connect, options, (error, socket) => {
        if (error === null) {
          this.#opened(socket)
          callback(null, socket)
        } else {
          if (!this.#destroyed) this.failures++
          callback(toSetUpError(error), null)
        }
      })
      this.#own(underway)
    }
  }

  /** A connector to the proxy: its sockets are closed with the pool, but they are not connections to the origin. */
  tracking(connect: Connector): Connector {
    return (options, callback) => this.#own(this.#start(connect, options, callback))
  }

  /** Closes what undici would leave to time out: sockets that are being connected, and the proxy's tunnels. */
  destroy(): void {
    this.#destroyed = true
    for (const socket of this.#unowned) socket.destroy(new errors.ClientDestroyedError())
  }

  /** undici's own connectors hand out the socket that they connect, although their type does not say so. */
  #start(...[connect, options, callback]: [Connector, ...Parameters<Connector>]): Socket | undefined {
    const socket = (connect as (...args: Parameters<Connector>) => unknown)(options, callback)
    return socket instanceof Socket ? socket : undefined
  }

  #own(socket: Socket | undefined): void {
    if (socket === undefined || socket.destroyed) return
    this.#unowned.push(socket)
    socket.on('close', () => takeOut(this.#unowned, socket))
  }

  #opened(socket: Socket): void {
    this.opened++
    takeOut(this.#unowned, socket)
    this.#open.push(socket)
    socket.on('close', () => {
      takeOut(this.#open, socket)
      this.#closedBytesSent += socket.bytesWritten
      this.#closedBytesReceived += socket.bytesRead
    })
  }
}

/**
 * undici takes `UND_ERR_SOCKET` and `UND_ERR_INFO` for the end of an idle connection and connects again without end, so no
 * set-up error may carry them; and it tells a proxy's failures by codes that mean other things elsewhere.
 */
function toSetUpError(error: Error): Error {
  switch (errorCode(error)) {
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_INFO':
      return poolError('ECONNRESET', 'The connection closed while it was set up', error)
    case 'UND_ERR_ABORTED':
    case 'UND_ERR_PRX_CONN':
      return poolError('STOPBIT_PROXY_FAILED', 'The proxy made no tunnel', error)
    case 'UND_ERR_HEADERS_TIMEOUT':
      return Object.assign(new errors.ConnectTimeoutError('The proxy did not answer CONNECT in time'), { cause: error })
    default:
      return error
  }
}
