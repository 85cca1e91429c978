import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { LAST_CHUNK, resolveSend, type BarrierStep, type Trace, type UpstreamStep } from '@stopbit/traces'
import { onTestFinished } from 'vitest'
import { EventNames } from '../../src/playground/play/describe-event.ts'
import type { SocketClient } from './socket-client.ts'

/** Without a byte for so long, a client counts as quiet, as in the suite. */
const QUIET_MS = 300

/** Plays traces on real sockets, one after the other, for a gateway that stays the same. */
export class SocketUpstream {
  readonly #server = createServer((socket) => this.#accept(socket))
  readonly #sockets = new Set<Socket>()
  #scripts: (readonly UpstreamStep[])[] = []
  #client: SocketClient | undefined
  /** Scripts that still have something to do: a fault that nobody waits for has to happen all the same. */
  #busy = 0
  #rested = Promise.withResolvers<void>()

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    onTestFinished(async () => {
      for (const socket of this.#sockets) socket.destroy()
      this.#server.close()
      await once(this.#server, 'close')
    })
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  begin(trace: Trace, client: SocketClient): void {
    this.#scripts = trace.upstream.connections.map(({ script }) => script)
    this.#client = client
  }

  /** Closes what the gateway keeps, and waits until it has noticed: the next trace begins on a fresh connection. */
  async finish(): Promise<void> {
    while (this.#busy > 0) await this.#rested.promise
    const closed = [...this.#sockets].map((socket) => once(socket, 'close'))
    for (const socket of this.#sockets) socket.end()
    await Promise.all(closed)
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined) // resets are what these tests are about
    socket.once('close', () => this.#sockets.delete(socket))
    const script = this.#scripts.length > 1 ? this.#scripts.shift() : this.#scripts[0]
    void this.#playWhole(socket, script ?? [])
  }

  async #playWhole(socket: Socket, script: readonly UpstreamStep[]): Promise<void> {
    this.#busy++
    try {
      await this.#play(socket, script)
    } finally {
      this.#rest()
    }
  }

  #rest(): void {
    this.#busy--
    this.#rested.resolve()
    this.#rested = Promise.withResolvers()
  }

  async #play(socket: Socket, script: readonly UpstreamStep[]): Promise<void> {
    const read = requestReader(socket)
    const names = new EventNames()
    let events = 0
    for (let at = 0; at < script.length; at++) {
      const step = script[at]
      if (step?.do === 'read-request') {
        this.#rest()
        await read()
        this.#busy++
      } else if (step?.do === 'loop') at = -1
      else if (step?.do === 'send') {
        const { payload, writes } = resolveSend(step)
        if (step.as !== 'head') events += names.feed(payload).length
        for (const bytes of writes) socket.write(bytes)
      } else if (step?.do === 'chunk-end') socket.write(LAST_CHUNK)
      else if (step?.do === 'barrier') await this.#barrier(step, events)
      else if (step?.do === 'fin') socket.end()
      else if (step?.do === 'rst') socket.resetAndDestroy()
      else if (step?.do === 'stall') return
      else throw new Error(`Cannot play the step ${step?.do}`)
    }
  }

  async #barrier({ until, n }: BarrierStep, events: number): Promise<void> {
    if (until === 'client-has-complete-events') await this.#client?.has(({ eventCount }) => eventCount >= (n ?? events))
    else if (until === 'client-quiet') await this.#client?.quiet(QUIET_MS)
    else throw new Error(`Cannot play the barrier ${until}`)
  }
}

/** Resolves with each whole request in turn. */
function requestReader(socket: Socket): () => Promise<void> {
  let received = Buffer.alloc(0)
  let arrived = Promise.withResolvers<void>()
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data])
    arrived.resolve()
    arrived = Promise.withResolvers()
  })
  return async () => {
    for (;;) {
      const headEnd = received.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(received.subarray(0, headEnd).toString())?.[1] ?? 0)
      if (headEnd !== -1 && received.length >= headEnd + 4 + length) {
        received = received.subarray(headEnd + 4 + length)
        return
      }
      await arrived.promise
    }
  }
}
