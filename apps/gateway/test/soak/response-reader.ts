import type { Seen } from './exchange.ts'

type Step = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'to-close'

/** Reads the responses of one connection, in the order of the requests. */
export class ResponseReader {
  readonly #expected: {
    readonly seen: Seen
    readonly ended: () => void
    readonly onBytes: (byteLength: number) => void
  }[] = []
  #pending: Buffer = Buffer.alloc(0)
  #step: Step = 'head'
  #left = 0
  /** The connection is of no more use: closed, or announced to be. */
  isOver = false
  /** Bytes came that no request had asked for. */
  hasStray = false

  /** A request is being sent. Resolves when its response is over. */
  expect(seen: Seen, onBytes: (byteLength: number) => void): Promise<void> {
    return new Promise((ended) => void this.#expected.push({ seen, ended, onBytes }))
  }

  push(data: Buffer): void {
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data])
    while (this.#take());
  }

  /** The connection is closed; `left`: by us. */
  close(left: boolean): void {
    this.isOver = true
    for (const [i, { seen, ended }] of this.#expected.entries()) {
      if (left) seen.end = 'left'
      else if (i > 0 || seen.status === 0) seen.end = 'none'
      else seen.end = this.#step === 'to-close' ? 'whole' : 'incomplete'
      ended()
    }
    this.#expected.length = 0
  }

  /** Takes one step. `false`: there is not enough for it. */
  #take(): boolean {
    const [current] = this.#expected
    if (current === undefined) {
      this.hasStray ||= this.#pending.length > 0
      return false
    }
    switch (this.#step) {
      case 'head':
        return this.#takeHead(current.seen)
      case 'chunk-size': {
        const line = this.#takeLine()
        if (line === undefined) return false
        this.#left = Number.parseInt(line, 16)
        this.#step = this.#left === 0 ? 'trailer' : 'chunk'
        return true
      }
      case 'chunk-end':
        if (this.#takeLine() === undefined) return false
        this.#step = 'chunk-size'
        return true
      case 'trailer': {
        const line = this.#takeLine()
        if (line === '') this.#end()
        return line !== undefined
      }
      case 'length':
      case 'chunk':
      case 'to-close':
        return this.#takeBody(current)
      default:
        return this.#step satisfies never
    }
  }

  #takeLine(): string | undefined {
    const end = this.#pending.indexOf('\r\n')
    if (end === -1) return undefined
    const line = this.#pending.toString('latin1', 0, end)
    this.#pending = this.#pending.subarray(end + 2)
    return line
  }

  #takeHead(seen: Seen): boolean {
    const end = this.#pending.indexOf('\r\n\r\n')
    if (end === -1) return false
    const head = this.#pending.toString('latin1', 0, end)
    this.#pending = this.#pending.subarray(end + 4)
    const status = Number(head.split(' ', 2)[1])
    if (status < 200) return true
    seen.status = status
    seen.head = head
    if (/^connection: *close/im.test(head)) this.isOver = true
    const length = /^content-length: *(\d+)/im.exec(head)?.[1]
    this.#left = length === undefined ? Infinity : Number(length)
    if (/^transfer-encoding: *chunked/im.test(head)) this.#step = 'chunk-size'
    else this.#step = length === undefined ? 'to-close' : 'length'
    if (this.#left === 0) this.#end()
    return true
  }

  #takeBody({ seen, onBytes }: { readonly seen: Seen; readonly onBytes: (byteLength: number) => void }): boolean {
    if (this.#pending.length === 0) return false
    const part = this.#pending.subarray(0, this.#left)
    this.#pending = this.#pending.subarray(part.length)
    this.#left -= part.length
    seen.body.push(part)
    if (this.#left === 0 && this.#step === 'chunk') this.#step = 'chunk-end'
    else if (this.#left === 0) this.#end()
    onBytes(part.length)
    return true
  }

  #end(): void {
    this.#step = 'head'
    const current = this.#expected.shift()
    if (current === undefined) return
    current.seen.end = 'whole'
    current.ended()
  }
}
