import type { H2ErrorCode } from '@stopbit/traces'

/** What a client sends before its first frame. RFC 9113, 3.4. */
const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** RFC 9113, 6. */
export const FRAME = {
  data: 0x0,
  headers: 0x1,
  rstStream: 0x3,
  settings: 0x4,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
} as const

export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8 } as const

/** RFC 9113, 6.5.2. */
export const SETTING = { initialWindowSize: 0x4 } as const

/** RFC 9113, 7. */
export const ERROR_CODE: { readonly [code in H2ErrorCode]: number } = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  ENHANCE_YOUR_CALM: 0xb,
}

/** The window that a stream and a connection begin with, and the largest frame that every peer takes. RFC 9113, 4.2 and 6.9.2. */
export const INITIAL_WINDOW = 65_535
export const MAX_FRAME_BYTES = 16_384
export const MAX_STREAM_ID = 0x7fff_ffff

const HEADER_BYTES = 9

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** One frame as bytes. */
export function encodeFrame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUIntBE(payload.length, 0, 3)
  header.writeUInt8(type, 3)
  header.writeUInt8(flags, 4)
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

/** A number of 32 bits, as most frames carry one. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

/** Takes frames out of bytes, however they are cut. Throws an error when they do not begin with the preface. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0)
  #prefaced = false

  feed(bytes: Buffer): Frame[] {
    this.#held = Buffer.concat([this.#held, bytes])
    if (!this.#prefaced) {
      if (this.#held.length < PREFACE.length) return []
      if (!this.#held.subarray(0, PREFACE.length).equals(PREFACE)) throw new Error('no HTTP/2 preface')
      this.#held = this.#held.subarray(PREFACE.length)
      this.#prefaced = true
    }
    const frames: Frame[] = []
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) frames.push(frame)
    return frames
  }

  #take(): Frame | undefined {
    if (this.#held.length < HEADER_BYTES) return undefined
    const end = HEADER_BYTES + this.#held.readUIntBE(0, 3)
    if (this.#held.length < end) return undefined
    const frame: Frame = {
      type: this.#held.readUInt8(3),
      flags: this.#held.readUInt8(4),
      stream: this.#held.readUInt32BE(5) & MAX_STREAM_ID,
      payload: this.#held.subarray(HEADER_BYTES, end),
    }
    this.#held = this.#held.subarray(end)
    return frame
  }
}

/** The payload of a DATA frame without its padding. */
export function dataOf({ flags, payload }: Frame): Buffer {
  if ((flags & FLAG.padded) === 0) return payload
  return payload.subarray(1, payload.length - payload.readUInt8(0))
}
