import { constants, gunzipSync } from 'node:zlib'
import { headerOf, type MessageHead } from './parse-head.ts'

const EMPTY = Buffer.alloc(0)
/** A few bytes of gzip can stand for gigabytes: more than this is read as what is no gzip. */
const MAX_DECODED_BYTES = 32 * 1024 * 1024

/** Whether a message's body has a coding that has to be taken off. */
export function isGzip(head: MessageHead): boolean {
  return headerOf(head, 'content-encoding')?.trim().toLowerCase() === 'gzip'
}

/** Takes gzip off a body as far as it can be read, however it is cut. Bodies are small: each feed decodes from the start. */
export class GzipDecoder {
  #coded: Buffer = EMPTY
  #given = 0
  #failed = false

  /** What has become readable; nothing more after the first bytes that are no gzip, or that are too many. */
  feed(bytes: Uint8Array): Buffer {
    if (this.#failed) return EMPTY
    this.#coded = Buffer.concat([this.#coded, bytes])
    const decoded = decode(this.#coded, constants.Z_SYNC_FLUSH)
    this.#failed = decoded === undefined
    if (decoded === undefined) return EMPTY
    const added = decoded.subarray(this.#given)
    this.#given = decoded.length
    return added
  }

  /** Whether all of it is there, check sum and length included. */
  get isWhole(): boolean {
    return !this.#failed && decode(this.#coded, constants.Z_FINISH) !== undefined
  }
}

function decode(coded: Buffer, finishFlush: number): Buffer | undefined {
  try {
    return gunzipSync(coded, { finishFlush, maxOutputLength: MAX_DECODED_BYTES })
  } catch {
    return undefined
  }
}
