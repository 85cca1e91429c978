import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isBodySend, resolveSend, type Trace, type UpstreamStep } from '@stopbit/traces'

/** A plain TCP server that plays a trace's scripts, connection by connection. */
export interface RawUpstream {
  readonly url: string
  /** The steps that were marked as the fault and have run. */
  readonly faults: readonly string[]
  close(): Promise<void>
}

/** Waits until the client has read so many body bytes of its answer, or only its head. */
export type ClientHas = (url: string, bodyBytes: number) => Promise<void>

/** Starts it on a port of its own. Waits of the trace are scaled; its barriers are `clientHas`. */
export async function startRawUpstream(trace: Trace, scale: number, clientHas: ClientHas): Promise<RawUpstream> {
  const sockets = new Set<Socket>()
  const faults: string[] = []
  const scripts = [...trace.upstream.connections]
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // resets are what this is about
    const last = scripts.length === 1 && scripts[0]?.reuse === 'any'
    const script = (last ? scripts[0] : scripts.shift())?.script
    if (script === undefined) return void socket.resetAndDestroy()
    const player = new Player(socket, scale, (bytes) => clientHas(url, bytes))
    void player.play(script, faults)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const refuses = trace.upstream.connections[0]?.script[0]?.do === 'refuse'
  // The port of a connection's other end is taken, and nobody listens on it.
  const holder = refuses ? connect(port, '127.0.0.1') : undefined
  if (holder !== undefined) await once(holder, 'connect')
  const url = `http://127.0.0.1:${holder === undefined ? port : (holder.address() as AddressInfo).port}`
  return {
    url,
    faults,
    async close() {
      for (const socket of [...sockets, ...(holder === undefined ? [] : [holder])]) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** One connection. */
class Player {
  readonly #socket: Socket
  readonly #scale: number
  readonly #clientHas: (bodyBytes: number) => Promise<void>
  #received = ''
  #bodyBytes = 0
  #chunkIsOpen = false

  constructor(socket: Socket, scale: number, clientHas: (bodyBytes: number) => Promise<void>) {
    this.#socket = socket
    this.#scale = scale
    this.#clientHas = clientHas
    socket.setNoDelay(true)
    socket.on('data', (data: Buffer) => {
      this.#received += data.toString('latin1')
      socket.emit('more')
    })
  }

  async play(script: readonly UpstreamStep[], faults: string[]): Promise<void> {
    for (;;) {
      for (const step of script) {
        await this.#step(step)
        if ('fault' in step) faults.push(step.do)
      }
      if (script.at(-1)?.do !== 'loop' || this.#socket.destroyed) return
    }
  }

  async #step(step: UpstreamStep): Promise<void> {
    const socket = this.#socket
    switch (step.do) {
      case 'read-request':
        this.#bodyBytes = 0
        return await this.#readRequest()
      case 'send': {
        if (step.as === 'chunk') this.#closeChunk()
        const { payload, writes } = resolveSend(step)
        for (const [index, bytes] of writes.entries()) {
          if (index > 0 && step.everyMs !== undefined) await sleep(step.everyMs * this.#scale)
          socket.write(bytes)
        }
        if (isBodySend(step)) this.#bodyBytes += payload.length
        return
      }
      case 'chunk-header':
        this.#closeChunk()
        this.#chunkIsOpen = step.size !== 0
        return void socket.write(
          `${typeof step.size === 'number' ? step.size.toString(16) : step.size}${step.ext === undefined ? '' : `;${step.ext}`}\r\n`,
        )
      case 'chunk-end':
        this.#closeChunk()
        return void socket.write(`0\r\n${(step.trailers ?? []).map((line) => `${line}\r\n`).join('')}\r\n`)
      case 'wait':
        return await sleep(step.scale === false ? step.ms : step.ms * this.#scale)
      case 'barrier':
        return await this.#clientHas(this.#bodyBytes)
      case 'fin':
        return void socket.end()
      case 'rst':
        return void socket.resetAndDestroy()
      case 'stall':
      case 'expect-abort':
      case 'loop':
      case 'refuse':
        return
      default:
        throw new Error(`Cannot play the step "${step.do}": no trace of these tests has it`)
    }
  }

  #closeChunk(): void {
    if (this.#chunkIsOpen) this.#socket.write('\r\n')
    this.#chunkIsOpen = false
  }

  /** Takes the next whole request, its body by length or in chunks. */
  async #readRequest(): Promise<void> {
    for (;;) {
      const length = requestLength(this.#received)
      if (length !== undefined) {
        this.#received = this.#received.slice(length)
        return
      }
      if (this.#socket.destroyed) return
      await Promise.race([once(this.#socket, 'more'), once(this.#socket, 'close')])
    }
  }
}

function requestLength(received: string): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = received.slice(0, headEnd)
  if (/transfer-encoding: chunked/i.test(head)) {
    const end = received.indexOf('\r\n0\r\n\r\n', headEnd + 2)
    return end === -1 ? undefined : end + 7
  }
  const whole = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
  return received.length < whole ? undefined : whole
}
