import { Server as HttpsServer } from 'node:https'
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A server whose connections can be watched: of `node:http`, of `node:https`, or Fastify's. */
export type Listener = HttpServer | HttpsServer

/** Why a connection was closed by its server while it was idle. */
export type LingerCause = 'idle' | 'drain'

/**
 * Where a connection is. `busy` from a request to the end of its response and of its upload; the responses are in the order
 * of their requests. `bytesRead` of an idle one is what had come when it went idle: more than that is the next request.
 */
export type ConnectionState =
  | { readonly phase: 'unused' }
  | { readonly phase: 'busy'; readonly responses: readonly ServerResponse[] }
  | { readonly phase: 'idle'; readonly bytesRead: number }
  | { readonly phase: 'lingering'; readonly cause: LingerCause }
  | { readonly phase: 'closed' }

/** One connection of a client. */
export interface Connection {
  /** Counts from 1 within its server. */
  readonly id: number
  readonly socket: Socket
  readonly state: ConnectionState
  /** Requests that have come on it. */
  readonly requestCount: number
}

/** Is told of what happens on connections. What it throws ends the process, as in any listener. */
export interface ConnectionWatcher {
  opened?(connection: Connection): void
  requested?(connection: Connection, response: ServerResponse): void
  wentIdle?(connection: Connection): void
  /** The first bytes of a request came after the FIN of an idle connection; they are not executed. */
  raced?(connection: Connection, cause: LingerCause, afterMs: number): void
  closed?(connection: Connection): void
}

/** How long a connection that got a FIN while it was idle is read: a client that wrote just then has to take it in first. */
export const LINGER_MS = 1_000

type Mutable = { -readonly [Key in keyof Connection]: Connection[Key] }

const KNOWN = new WeakMap<Listener, Connections>()

/** All connections of one server, and the only place that changes their state. */
export class Connections {
  readonly #bySocket = new Map<unknown, Mutable>()
  /** For TLS also those whose handshake is not over. */
  readonly #raw = new Set<Socket>()
  #watchers: readonly ConnectionWatcher[] = []
  #opened = 0

  /** The connections of a server; the same object for every caller, so that a request is followed once. */
  static of(server: Listener): Connections {
    const known = KNOWN.get(server) ?? new Connections(server)
    KNOWN.set(server, known)
    return known
  }

  private constructor(server: Listener) {
    // A server of HTTP/2, which Fastify can have, ends its own sessions: its sockets are no connections of this kind.
    const isPlain = server instanceof HttpServer
    const isTls = server instanceof HttpsServer
    server.prependListener('connection', (socket: Socket) => {
      this.#raw.add(socket)
      socket.on('close', () => this.#raw.delete(socket))
      if (isPlain) this.#open(socket)
    })
    if (isTls) server.prependListener('secureConnection', (socket) => this.#open(socket))
    // First of all listeners, so that a response is known before its head can go out.
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#request(request, response),
    )
  }

  watch(watcher: ConnectionWatcher): void {
    this.#watchers = [...this.#watchers, watcher]
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#bySocket.values()
  }

  /** `undefined` if the socket has closed, or was there before the server was watched. */
  get(socket: unknown): Connection | undefined {
    return this.#bySocket.get(socket)
  }

  /** Whether nothing of a next request has come. A client that is just writing one must not be taken for idle. */
  isQuiet({ state, socket }: Connection): boolean {
    if (state.phase === 'idle') return socket.bytesRead === state.bytesRead
    return state.phase === 'unused' && socket.bytesRead === 0
  }

  /**
   * Closes an idle connection so that a client's race can be seen: FIN, and then 1 s in which what still comes is read, told
   * to the watchers and thrown away. The timer starts here and stops when the connection closes.
   */
  linger(given: Connection, cause: LingerCause): void {
    const connection = this.#bySocket.get(given.socket)
    if (connection === undefined || connection.state.phase === 'lingering' || given.socket.destroyed) return
    connection.state = { phase: 'lingering', cause }
    const { socket } = connection
    const since = performance.now()
    let isRaced = false
    // Node's parser gets nothing from here on: it would execute it.
    socket.removeAllListeners('data')
    socket.on('data', () => {
      if (isRaced) return
      isRaced = true
      for (const watcher of this.#watchers) watcher.raced?.(connection, cause, performance.now() - since)
    })
    socket.resume()
    socket.end()
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(timer))
  }

  destroyAll(): void {
    for (const { socket } of this.#bySocket.values()) socket.destroy()
    for (const socket of this.#raw) socket.destroy()
  }

  #open(socket: Socket): void {
    const connection: Mutable = { id: ++this.#opened, socket, state: { phase: 'unused' }, requestCount: 0 }
    this.#bySocket.set(socket, connection)
    socket.on('close', () => {
      connection.state = { phase: 'closed' }
      this.#bySocket.delete(socket)
      for (const watcher of this.#watchers) watcher.closed?.(connection)
    })
    for (const watcher of this.#watchers) watcher.opened?.(connection)
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(request.socket)
    if (connection === undefined) return
    connection.requestCount++
    const { state } = connection
    // Pipelining is rare: most requests come to a connection that has no other.
    const responses = state.phase === 'busy' ? [...state.responses, response] : [response]
    connection.state = { phase: 'busy', responses }
    response.on('close', () => {
      // What comes of the rest of an upload belongs to a request that was answered.
      if (request.complete) this.#release(connection, response)
      else request.once('close', () => this.#release(connection, response))
    })
    for (const watcher of this.#watchers) watcher.requested?.(connection, response)
  }

  #release(connection: Mutable, response: ServerResponse): void {
    if (connection.state.phase !== 'busy') return
    const { responses } = connection.state
    if (responses.length > 1) {
      connection.state = { phase: 'busy', responses: responses.filter((each) => each !== response) }
      return
    }
    if (responses[0] !== response) return
    connection.state = { phase: 'idle', bytesRead: connection.socket.bytesRead }
    for (const watcher of this.#watchers) watcher.wentIdle?.(connection)
  }
}
