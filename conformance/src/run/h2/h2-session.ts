import type { H2ErrorCode } from '@stopbit/traces'
import {
  dataOf,
  encodeFrame,
  ERROR_CODE,
  FLAG,
  FRAME,
  FrameReader,
  INITIAL_WINDOW,
  MAX_FRAME_BYTES,
  SETTING,
  uint32,
  type Frame,
} from './frames.ts'
import { fieldBlock, headBlock } from './literal-headers.ts'

/** What a session tells, in the order of the wire. */
export interface H2Events {
  /** A request began on a stream. Gives back what takes its whole body. */
  readonly onRequest: (stream: number) => (body: Buffer) => void
  /** The target gave the stream up. */
  readonly onReset: (stream: number) => void
  readonly onBroken: () => void
}

interface Upload {
  readonly parts: Buffer[]
  readonly onComplete: (body: Buffer) => void
}

const EMPTY = Buffer.alloc(0)

/**
 * The server's side of an HTTP/2 connection, small enough to be read: frames by hand, so that a trace can send any. Answers SETTINGS
 * and PING, gives room for uploads, keeps to the target's windows. Reads no header blocks: a request tells whose it is in its body.
 */
export class H2Session {
  readonly #frames = new FrameReader()
  readonly #write: (bytes: Uint8Array) => Promise<boolean>
  readonly #events: H2Events
  #roomForUploads: boolean
  /** Body bytes for which no room was given back. */
  #withheld = 0
  readonly #uploads = new Map<number, Upload>()
  readonly #windows = new Map<number, number>()
  readonly #reset = new Set<number>()
  readonly #waiting = new Set<() => void>()
  #streamWindow = INITIAL_WINDOW
  #connectionWindow = INITIAL_WINDOW
  #closed = false

  /** Sends its SETTINGS. `write` resolves to false when the connection is gone. */
  constructor(write: (bytes: Uint8Array) => Promise<boolean>, roomForUploads: boolean, events: H2Events) {
    this.#write = write
    this.#roomForUploads = roomForUploads
    this.#events = events
    void write(encodeFrame(FRAME.settings, 0, 0, roomForUploads ? EMPTY : initialWindow(0)))
  }

  feed(bytes: Buffer): void {
    try {
      for (const frame of this.#frames.feed(bytes)) this.#take(frame)
    } catch {
      this.#events.onBroken()
    }
  }

  /** Lets go of what waits for room. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  /** The lines of a head as HEADERS. */
  async head(stream: number, lines: readonly string[]): Promise<boolean> {
    return await this.#write(encodeFrame(FRAME.headers, FLAG.endHeaders, stream, headBlock(lines)))
  }

  /** Body bytes as DATA, as the target's windows have room. False when the stream or the connection is gone. */
  async data(stream: number, bytes: Uint8Array): Promise<boolean> {
    let left = bytes
    while (left.length > 0) {
      if (this.#closed || this.#reset.has(stream)) return false
      const size = Math.min(left.length, this.#room(stream), MAX_FRAME_BYTES)
      if (size <= 0) {
        await new Promise<void>((resolve) => this.#waiting.add(resolve))
        continue
      }
      this.#windows.set(stream, (this.#windows.get(stream) ?? this.#streamWindow) - size)
      this.#connectionWindow -= size
      if (!(await this.#write(encodeFrame(FRAME.data, 0, stream, left.subarray(0, size))))) return false
      left = left.subarray(size)
    }
    return true
  }

  /** Ends a response: an empty DATA, or trailers, with END_STREAM. */
  async end(stream: number, trailers: readonly string[]): Promise<boolean> {
    if (this.#reset.has(stream)) return false
    return await this.#write(
      trailers.length === 0
        ? encodeFrame(FRAME.data, FLAG.endStream, stream)
        : encodeFrame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, stream, fieldBlock(trailers)),
    )
  }

  async rstStream(stream: number, code: H2ErrorCode): Promise<boolean> {
    return await this.#write(encodeFrame(FRAME.rstStream, 0, stream, uint32(ERROR_CODE[code])))
  }

  async goaway(lastStream: number, code: H2ErrorCode): Promise<boolean> {
    return await this.#write(
      encodeFrame(FRAME.goaway, 0, 0, Buffer.concat([uint32(lastStream), uint32(ERROR_CODE[code])])),
    )
  }

  async ping(count: number): Promise<boolean> {
    const ping = encodeFrame(FRAME.ping, 0, 0, Buffer.alloc(8))
    return await this.#write(Buffer.concat(Array.from({ length: count }, () => ping)))
  }

  /** Takes uploads as any server does, from here on. */
  giveRoom(): void {
    if (this.#roomForUploads) return
    this.#roomForUploads = true
    void this.#write(encodeFrame(FRAME.settings, 0, 0, initialWindow(INITIAL_WINDOW)))
    if (this.#withheld > 0) void this.#write(encodeFrame(FRAME.windowUpdate, 0, 0, uint32(this.#withheld)))
  }

  /** Bytes between two frames, as they are. */
  async raw(bytes: Uint8Array): Promise<boolean> {
    return await this.#write(bytes)
  }

  #room(stream: number): number {
    return Math.min(this.#connectionWindow, this.#windows.get(stream) ?? this.#streamWindow)
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }

  #take(frame: Frame): void {
    const { type, flags, stream, payload } = frame
    const isAck = (flags & FLAG.ack) !== 0
    switch (type) {
      case FRAME.settings:
        if (!isAck) this.#takeSettings(payload)
        return
      case FRAME.ping:
        if (!isAck) void this.#write(encodeFrame(FRAME.ping, FLAG.ack, 0, payload))
        return
      case FRAME.headers:
        if (!this.#uploads.has(stream))
          this.#uploads.set(stream, { parts: [], onComplete: this.#events.onRequest(stream) })
        return this.#endOfUpload(frame)
      case FRAME.data:
        this.#takeData(frame)
        return this.#endOfUpload(frame)
      case FRAME.windowUpdate:
        return this.#widen(stream, payload.readUInt32BE())
      case FRAME.rstStream:
        this.#reset.add(stream)
        this.#events.onReset(stream)
        return this.#wake()
      default: // Nothing that a server has to answer.
    }
  }

  #takeSettings(payload: Buffer): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== SETTING.initialWindowSize) continue
      const size = payload.readUInt32BE(at + 2)
      for (const [stream, window] of this.#windows) this.#windows.set(stream, window + size - this.#streamWindow)
      this.#streamWindow = size
    }
    void this.#write(encodeFrame(FRAME.settings, FLAG.ack, 0))
    this.#wake()
  }

  #takeData(frame: Frame): void {
    this.#uploads.get(frame.stream)?.parts.push(dataOf(frame))
    if (frame.payload.length === 0) return
    if (!this.#roomForUploads) {
      this.#withheld += frame.payload.length
      return
    }
    const size = uint32(frame.payload.length)
    void this.#write(encodeFrame(FRAME.windowUpdate, 0, 0, size))
    if ((frame.flags & FLAG.endStream) === 0) void this.#write(encodeFrame(FRAME.windowUpdate, 0, frame.stream, size))
  }

  #endOfUpload({ flags, stream }: Frame): void {
    const upload = this.#uploads.get(stream)
    if ((flags & FLAG.endStream) === 0 || upload === undefined) return
    this.#uploads.delete(stream)
    upload.onComplete(Buffer.concat(upload.parts))
  }

  #widen(stream: number, by: number): void {
    if (stream === 0) this.#connectionWindow += by
    else this.#windows.set(stream, (this.#windows.get(stream) ?? this.#streamWindow) + by)
    this.#wake()
  }
}

function initialWindow(bytes: number): Buffer {
  return Buffer.concat([Buffer.of(0, SETTING.initialWindowSize), uint32(bytes)])
}
