import { connect, type Socket } from 'node:net'
import { MessageReader } from '../wire/message-reader.ts'

/** What a lane does with the answers it gets. */
export interface Answers {
  begin(status: number): void
  /** Decoded bytes, which are the lane's again when this returns. */
  take(bytes: Buffer): void
  /** The body has its end. */
  whole(): void
  /** The connection ended before the body did. */
  cut(): void
}

/** One connection to the proxy, on which one request follows the other. It is opened again when the proxy has closed it. */
export class Lane {
  readonly #port: number
  readonly #request: Buffer
  readonly #answers: Answers
  readonly #fail: (reason: string) => void
  #socket: Socket | undefined
  #failures = 0
  #isStopped = false

  /** @param fail is told of what is no answer: no HTTP, no connection. */
  constructor(port: number, request: Buffer, answers: Answers, fail: (reason: string) => void) {
    this.#port = port
    this.#request = request
    this.#answers = answers
    this.#fail = fail
  }

  open(): void {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    let isAnswered = false
    let isClosing = false
    const reader = new MessageReader('response', {
      onHead: (head) => {
        isAnswered = true
        isClosing = /\r\nconnection: *close/i.test(head)
        this.#answers.begin(Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)))
      },
      onBody: (bytes) => this.#answers.take(bytes),
      onEnd: () => {
        isAnswered = false
        this.#answers.whole()
        if (!isClosing && !this.#isStopped) socket.write(this.#request)
      },
    })
    socket.on('data', (bytes) => {
      try {
        reader.push(bytes)
      } catch (error) {
        this.#failed(error instanceof Error ? error.message : String(error))
        socket.destroy()
      }
    })
    socket.on('end', () => reader.end())
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (this.#isStopped) return
      if (isAnswered) this.#answers.cut()
      else if (!isClosing) this.#failed('connection closed without an answer')
      this.#reopen()
    })
    socket.write(this.#request)
  }

  stop(): void {
    this.#isStopped = true
    this.#socket?.resetAndDestroy()
  }

  #failed(reason: string): void {
    this.#failures++
    this.#fail(reason)
  }

  /** A proxy that answers nothing well is not asked for ever. */
  #reopen(): void {
    if (!this.#isStopped && this.#failures < 20) this.open()
  }
}
