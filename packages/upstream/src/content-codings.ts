import type { Transform } from 'node:stream'
import zlib from 'node:zlib'

/** Makes the decoder of a coding, given the first byte of what it is to decode. */
export type MakeDecoder = (firstByte: number) => Transform & { readonly bytesWritten: number }

/** More codings on top of each other than this are an attack and no answer. */
const MAX_CODINGS = 4

/**
 * Small steps: what is decoded ahead of a reader that has paused stays under 64 KiB, whatever a few bytes would expand to.
 * They flush by themselves: all that the bytes so far allow comes out.
 */
const STEP_BYTES = 8 * 1024
const STEPS = { chunkSize: STEP_BYTES, highWaterMark: STEP_BYTES }

/** The window that HTTP clients have to take, 8 MiB; a larger one would let a few bytes ask for gigabytes. Source: RFC 9659. */
const MAX_ZSTD_WINDOW_LOG = 23

const DECODERS = new Map<string, MakeDecoder>([
  ['gzip', () => zlib.createGunzip(STEPS)],
  ['x-gzip', () => zlib.createGunzip(STEPS)],
  // Meant is the zlib format, but some send it raw. Its first byte tells: the method, 8, in the low half.
  ['deflate', (first) => ((first & 0x0f) === 8 ? zlib.createInflate(STEPS) : zlib.createInflateRaw(STEPS))],
  ['br', () => zlib.createBrotliDecompress(STEPS)],
])

// Not every Node that this runs on has it.
if (typeof zlib.createZstdDecompress === 'function') {
  const params = { [zlib.constants.ZSTD_d_windowLogMax]: MAX_ZSTD_WINDOW_LOG }
  DECODERS.set('zstd', () => zlib.createZstdDecompress({ ...STEPS, params }))
}

/**
 * The decoders for the value of a `Content-Encoding` field, in the order in which they are to run: the reverse of the field's.
 * `undefined` if one of its codings is unknown here, or if it names none.
 */
export function decodersOf(contentEncoding: string): MakeDecoder[] | undefined {
  const decoders: MakeDecoder[] = []
  for (const token of contentEncoding.split(',')) {
    const coding = token.trim().toLowerCase()
    if (coding === '' || coding === 'identity') continue
    const decoder = DECODERS.get(coding)
    if (decoder === undefined) return undefined
    decoders.unshift(decoder)
  }
  return decoders.length >= 1 && decoders.length <= MAX_CODINGS ? decoders : undefined
}
