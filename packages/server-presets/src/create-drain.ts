import { Server as NetServer } from 'node:net'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkMilliseconds, fail } from './check-numbers.ts'
import { Connections, LINGER_MS, type Listener } from './connections.ts'

/** What can be told to end: a handler of `@stopbit/node`, or anything alike. */
export interface Finishable {
  /** Resolves when nothing is under way: at once, or with the end of the last. */
  idle(): Promise<void>
  /** Ends what is under way, at once and truthfully. */
  finish(): void
}

/** The options of `createDrain`. */
export interface DrainOptions {
  /**
   * How long the server goes on as before, though not ready, until whoever sends requests has learnt of it. Default 0;
   * 10,000 in the `kubernetes` preset.
   */
  readonly drainDelayMs?: number | undefined
  /**
   * When what still streams is told to finish, from the start and so with the delay in it. Default 25,000: below the 30 s
   * that Kubernetes gives a process.
   */
  readonly drainDeadlineMs?: number | undefined
  /** Called once, with the start: from then on the server is not ready. */
  readonly onNotReady?: (() => void) | undefined
}

/** The end of a server. */
export interface Drain {
  /** Whether the server should get new requests; what an orchestrator's readiness check has to be told. */
  readonly isReady: boolean
  readonly phase: DrainPhase
  /** Has `exchanges` finished at the deadline. May be called at any time before it. */
  register(exchanges: Finishable): void
  /** Drains the server. Resolves when no connection is left; every call gives the same promise. */
  start(): Promise<void>
}

/** `serving` → `delaying` → `closing` → `finishing` → `closed`. */
export type DrainPhase = 'serving' | 'delaying' | 'closing' | 'finishing' | 'closed'

/** How long clients have to take the error that the deadline gives them. */
const LAST_WORDS_MS = 2_000

/**
 * Makes the drain of a server; nothing happens to it before `start()`. `server.close()` alone does not drain: it cuts idle
 * connections just as some client may use them, and keeps those that were busy for as long as they are used again.
 *
 * 1. Not ready, and `connection: close` on every response whose head is not out. The server goes on for `drainDelayMs`.
 * 2. It stops listening. Idle connections get FIN, and 1 s in which a client that wrote just then takes it in; those whose
 *    first or next request is on its way have 1 s more to send its head. Busy ones follow when their response is over.
 * 3. At `drainDeadlineMs` what was registered is told to finish, 2 s later what is left is destroyed.
 *
 * From then on `server.closeIdleConnections()`, and with it `server.close()`, closes idle connections in the same way.
 * Connections that were taken over by `upgrade` or `connect` are treated as what they were before.
 *
 * Throws a `RangeError` for a wrong option.
 */
export function createDrain(server: Listener, options: DrainOptions = {}): Drain {
  return new ServerDrain(server, options)
}

class ServerDrain implements Drain {
  readonly #server: Listener
  readonly #connections: Connections
  readonly #limits: { readonly delayMs: number; readonly deadlineMs: number }
  readonly #onNotReady: () => void
  readonly #registered = new Set<Finishable>()
  #phase: DrainPhase = 'serving'
  #drained: Promise<void> | undefined

  constructor(
    server: Listener,
    { drainDelayMs = 0, drainDeadlineMs = 25_000, onNotReady = () => undefined }: DrainOptions,
  ) {
    checkMilliseconds({ drainDelayMs, drainDeadlineMs })
    if (drainDelayMs > 0 && drainDelayMs >= drainDeadlineMs) {
      const rule = `must be shorter than drainDeadlineMs of ${drainDeadlineMs}, which it is part of`
      fail('drainDelayMs', rule, drainDelayMs)
    }
    this.#server = server
    this.#connections = Connections.of(server)
    this.#limits = { delayMs: drainDelayMs, deadlineMs: drainDeadlineMs }
    this.#onNotReady = onNotReady
    this.#connections.watch({
      requested: (_connection, response) => {
        if (this.#phase !== 'serving') closeAfter(response)
      },
      wentIdle: (connection) => {
        const isClosing = this.#phase === 'closing' || this.#phase === 'finishing'
        // After `connection: close` Node has ended it.
        if (isClosing && !connection.socket.writableEnded) this.#connections.linger(connection, 'drain')
      },
    })
  }

  get phase(): DrainPhase {
    return this.#phase
  }

  get isReady(): boolean {
    return this.#phase === 'serving'
  }

  register(exchanges: Finishable): void {
    this.#registered.add(exchanges)
  }

  start(): Promise<void> {
    return (this.#drained ??= this.#run().finally(() => (this.#phase = 'closed')))
  }

  async #run(): Promise<void> {
    const { delayMs, deadlineMs } = this.#limits
    this.#phase = 'delaying'
    this.#onNotReady()
    for (const { state } of this.#connections) if (state.phase === 'busy') closeAfter(state.responses.at(-1))
    if (delayMs > 0) await sleep(delayMs)

    this.#phase = 'closing'
    this.#server.closeIdleConnections = () => this.#closeIdle()
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()))
    const over = Promise.all([closed, ...[...this.#registered].map((exchanges) => exchanges.idle())])
    this.#closeIdle()
    const slow = setTimeout(() => this.#closeWaiting(), LINGER_MS)
    const isOver = await isWithin(over, deadlineMs - delayMs)
    clearTimeout(slow)
    if (isOver) return

    this.#phase = 'finishing'
    for (const exchanges of this.#registered) exchanges.finish()
    this.#closeWaiting()
    if (await isWithin(over, LAST_WORDS_MS)) return
    this.#connections.destroyAll()
    await closed
  }

  #closeIdle(): void {
    for (const connection of this.#connections) {
      const isIdle = connection.state.phase === 'idle' && this.#connections.isQuiet(connection)
      if (isIdle) this.#connections.linger(connection, 'drain')
    }
  }

  /** Also those whose request has not come, or not with its whole head. */
  #closeWaiting(): void {
    for (const connection of this.#connections) {
      const { phase } = connection.state
      if (phase === 'idle' || phase === 'unused') this.#connections.linger(connection, 'drain')
    }
  }
}

/** Has Node write `connection: close` into the head of a response, if it is not out, and end the connection after it. */
function closeAfter(response: ServerResponse | undefined): void {
  if (response !== undefined && !response.headersSent) response.shouldKeepAlive = false
}

/** Whether a promise resolves in time. The timer starts here and stops with it. */
function isWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    void promise.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
