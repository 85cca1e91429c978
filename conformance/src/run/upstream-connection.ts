import type { TlsStep } from '@stopbit/traces'
import { GzipDecoder } from './content-decoder.ts'
import { controlAnswer } from './control-answer.ts'
import { CONTROL_ID, digestOf, exchangeIdOfBody, exchangeIdOfHead } from './exchange-id.ts'
import { H2Session } from './h2/h2-session.ts'
import { H2Writer } from './h2/h2-writer.ts'
import type { TimelineEntry } from '../timeline.ts'
import type { Transport } from './transport.ts'
import type { UpstreamConnectionRecord, UpstreamRequest } from './records.ts'
import { RequestReader } from './request-reader.ts'
import { Http1Writer, type ResponseWriter } from './response-writer.ts'
import type { Stage } from './stage.ts'
import { spoiledAnswer } from './tls/accept-tls.ts'

/** One connection that the target opened to the upstream: reads requests into the stage's records, writes what the script says. */
export class UpstreamConnection {
  readonly record: UpstreamConnectionRecord
  /** `u1`, `u2`, … as the timeline calls it. */
  readonly name: string
  readonly #stage: Stage
  readonly #transport: Transport
  readonly #streams = new WeakMap<UpstreamRequest, number>()
  readonly #givenUp = new WeakMap<UpstreamRequest, number>()
  /** How a script's steps go on the wire. */
  readonly writer: ResponseWriter
  /** Undefined over HTTP/1.1. */
  readonly session: H2Session | undefined
  readonly #requests: UpstreamRequest[] = []
  #consumed = 0
  #handshakeDone = false
  #decoder: GzipDecoder | undefined
  #scripted = true

  /** `onFirstBytes` is called once, before the first request is read. */
  constructor(stage: Stage, transport: Transport, onFirstBytes: () => void) {
    this.#stage = stage
    this.#transport = transport
    this.record = { closedAt: undefined, requests: 0, writtenBytes: 0, playedBytes: 0 }
    stage.connections.push(this.record)
    this.name = `u${stage.connections.length}`
    this.#note({ kind: 'connect', text: 'the target connects' })
    const { socket, http } = transport
    this.session = http === '2' ? this.#openSession() : undefined
    this.writer =
      this.session === undefined
        ? new Http1Writer((bytes) => this.write(bytes), this.record)
        : new H2Writer(this.session, this.record, () => this.stream)
    const feed = this.#feeder()
    socket.setNoDelay(true)
    socket.once('data', onFirstBytes)
    socket.once('secure', () => {
      this.#handshakeDone = true
      stage.board.changed()
    })
    socket.on('data', (bytes: Buffer) => feed(bytes))
    socket.on('end', () => this.#close()) // the target has closed its side: it wants nothing more from here
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#close())
    // What a script withheld would be in the way of the control request.
    stage.ended.addEventListener('abort', () => {
      socket.resume()
      this.session?.giveRoom()
    })
  }

  get closed(): boolean {
    return this.record.closedAt !== undefined
  }

  /** The request that the script answers now. */
  get current(): UpstreamRequest | undefined {
    return this.#requests[this.#consumed - 1]
  }

  /** Its HTTP/2 stream. */
  get stream(): number | undefined {
    return this.current === undefined ? undefined : this.#streams.get(this.current)
  }

  /** When the target gave up the current request: closed the connection or reset the stream. */
  get givenUpAt(): number | undefined {
    return (this.current === undefined ? undefined : this.#givenUp.get(this.current)) ?? this.record.closedAt
  }

  get helloRead(): boolean {
    return this.#transport.helloRead
  }

  /** The target has ended the handshake, well or not. */
  get handshakeIsOver(): boolean {
    return this.closed || this.#handshakeDone
  }

  /** Waits for the next request that no `read-request` has taken; false when the connection or the trace ended first. */
  async nextRequest(until: 'head' | 'body'): Promise<boolean> {
    const index = this.#consumed
    const isThere = (): boolean => {
      const request = this.#requests[index]
      return request !== undefined && (until === 'head' || request.digest !== undefined)
    }
    await this.#stage.board.until(() => isThere() || this.closed, Infinity, this.#stage.ended) // the trace always ends
    if (!isThere()) return false
    this.#consumed = index + 1
    this.#decoder = undefined
    return true
  }

  /** Writes bytes and waits until the kernel has them; false when the connection is gone. Settles on destroy: Node then calls the callback. */
  async write(bytes: Uint8Array): Promise<boolean> {
    const taken = await this.#put(bytes)
    if (taken) this.record.writtenBytes += bytes.length
    return taken
  }

  pause(): void {
    this.#transport.socket.pause()
  }

  resume(): void {
    this.#transport.socket.resume()
  }

  fin(): void {
    this.record.endedBy ??= 'fin'
    this.#transport.socket.end()
  }

  /** Answers a ClientHello with anything but TLS. */
  spoilHandshake(how: TlsStep['how']): void {
    if (how === 'handshake-rst') return this.rst()
    const answer = spoiledAnswer(how)
    if (answer !== undefined) void this.#put(answer)
    this.fin()
  }

  /** Notes body bytes of the current answer as a client reads them: without the coding that its head names. */
  noteSent(body: Uint8Array): void {
    const request = this.current
    if (request === undefined) return
    if (!/^content-encoding: *gzip *$/im.test(request.sentHead ?? '')) return void request.sentParts.push(body)
    this.#decoder ??= new GzipDecoder()
    request.sentParts.push(this.#decoder.feed(body))
    request.codedParts.push(body)
  }

  /** FIN on the TCP connection, of which TLS knows nothing. */
  truncate(): void {
    this.record.endedBy ??= 'fin'
    this.#transport.raw.end()
  }

  rst(): void {
    this.record.endedBy ??= 'rst'
    if (this.#scripted && this.current !== undefined) this.current.wasReset = true
    this.#transport.raw.resetAndDestroy()
    this.#transport.socket.destroy()
  }

  /** The script is through: what comes now was not asked for, except the control request. */
  endScript(): void {
    this.#scripted = false
    this.#rejectUnscripted()
  }

  async #put(bytes: Uint8Array): Promise<boolean> {
    if (this.closed) return false
    return await new Promise((resolve) => {
      this.#transport.socket.write(bytes, (error) => {
        const taken = error === null || error === undefined
        if (taken) this.#stage.activity.lastActionAt = performance.now()
        resolve(taken)
      })
    })
  }

  #openSession(): H2Session {
    const byStream = new Map<number, UpstreamRequest>()
    return new H2Session((bytes) => this.#put(bytes), this.#transport.roomForUploads, {
      onRequest: (stream) => {
        const request = this.#receive(undefined)
        this.#streams.set(request, stream)
        byStream.set(stream, request)
        return (body) => this.#complete(request, body)
      },
      onReset: (stream) => {
        const request = byStream.get(stream)
        if (request !== undefined) this.#givenUp.set(request, performance.now())
        this.#note({ kind: 'note', text: 'the target resets the stream' })
        this.#stage.board.changed()
      },
      onBroken: () => this.#transport.socket.destroy(),
    })
  }

  #feeder(): (bytes: Buffer) => void {
    const { session } = this
    if (session !== undefined) return (bytes) => session.feed(bytes)
    if (this.#transport.http === 'none') return () => undefined
    const reader = new RequestReader({
      onHead: (head) => {
        const request = this.#receive(exchangeIdOfHead(head))
        return (body) => this.#complete(request, body)
      },
      onBroken: () => this.#transport.socket.destroy(),
    })
    return (bytes) => reader.feed(bytes)
  }

  #receive(id: string | undefined): UpstreamRequest {
    this.record.requests += 1
    const request: UpstreamRequest = {
      id,
      digest: undefined,
      headSent: false,
      sentParts: [],
      codedParts: [],
      connection: this.record,
      at: performance.now(),
    }
    this.#requests.push(request)
    this.#note({ kind: 'request', text: id === CONTROL_ID ? 'control request' : 'request' })
    if (id !== CONTROL_ID) this.#stage.requests.push(request)
    this.#stage.board.changed()
    return request
  }

  #complete(request: UpstreamRequest, body: Buffer): void {
    request.id ??= exchangeIdOfBody(body)
    request.digest = digestOf(body)
    if (request.id === CONTROL_ID) {
      this.#consumed = this.#requests.length
      const listed = this.#stage.requests.indexOf(request) // its head alone did not tell that it is the control request
      if (listed >= 0) this.#stage.requests.splice(listed, 1)
      void this.#answerControl(this.#streams.get(request))
    } else if (!this.#scripted) this.#rejectUnscripted()
    this.#stage.board.changed()
  }

  async #answerControl(stream: number | undefined): Promise<void> {
    const { head, body: text } = controlAnswer(this.#stage.controlMark)
    const body = Buffer.from(text)
    if (this.session === undefined || stream === undefined)
      return void (await this.#put(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])))
    await this.session.head(stream, head)
    await this.session.data(stream, body)
    await this.session.end(stream, [])
  }

  #rejectUnscripted(): void {
    const next = this.#requests[this.#consumed]
    if (next?.digest !== undefined && next.id !== CONTROL_ID) this.rst()
  }

  /** Over TLS the error may be the target's alert: what it did not like. */
  #fail(error: NodeJS.ErrnoException): void {
    const alert = /ALERT_(.+)$/.exec(error.code ?? '')?.[1]
    if (alert !== undefined)
      this.#note({ kind: 'note', text: `TLS alert: ${alert.toLowerCase().replaceAll('_', ' ')}` })
    this.#close()
  }

  #close(): void {
    if (this.closed) return
    this.record.closedAt = performance.now()
    if (!this.#stage.ended.aborted) this.#note({ kind: 'close', text: 'the connection is closed' })
    this.session?.close()
    this.#transport.socket.destroy()
    this.#transport.raw.destroy()
    this.#stage.board.changed()
  }

  #note(entry: Pick<TimelineEntry, 'kind' | 'text'>): void {
    this.#stage.note({ lane: 'upstream', connection: this.name, ...entry })
  }
}
