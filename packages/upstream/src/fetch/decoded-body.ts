import { poolError } from '../pool-error.ts'
import { isRawDeflate, newDecompressor } from './content-codings.ts'

/** Reads the next bytes of a body; `undefined` at its end. Rejects with what the transport failed with. */
export type ReadBody = () => Promise<Uint8Array | undefined>

/** Few bytes at a time: what they decode to is held until it is asked for, and a byte of gzip may be a thousand. */
const SLICE_BYTES = 4 * 1024

/** Enough for coded bytes to be no text by accident, and less than any event has. */
const PEEKED_BYTES = 16

/** The beginning of a body, less if it ends or fails before, and a way to read it from there all the same. */
export async function peek(read: ReadBody): Promise<{ readonly bytes: Uint8Array; readonly read: ReadBody }> {
  const taken: Promise<Uint8Array | undefined>[] = []
  const start: number[] = []
  while (start.length < PEEKED_BYTES) {
    const reading = read()
    taken.push(reading)
    const bytes = await reading.catch(() => undefined)
    if (bytes === undefined) break
    start.push(...bytes.subarray(0, 1_024))
  }
  return { bytes: Uint8Array.from(start), read: () => taken.shift() ?? read() }
}

/** A body read through its decoders, which is a fault if its coding is not whole. */
export function decodedBody(read: ReadBody, formats: readonly string[]): ReadBody {
  return formats.reduce((inner, format) => decodedWith(inner, format), read)
}

/** Nothing is read, and no decoder made, before the first byte is asked for. */
function decodedWith(read: ReadBody, format: string): ReadBody {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  /** What the body failed with: the decoder only says that bytes are missing. */
  let failure: { readonly error: unknown } | undefined

  async function pump(first: Uint8Array, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    let bytes: Uint8Array | undefined = first
    try {
      while (bytes !== undefined) {
        for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES) {
          await writer.ready
          await writer.write(bytes.subarray(at, at + SLICE_BYTES))
        }
        bytes = await read().catch((error: unknown) => {
          failure = { error }
          return undefined
        })
      }
      await writer.ready // an end that is an error drops what is decoded and not taken
      await writer.close()
    } catch {
      // The reader has the same error.
    }
  }

  return async () => {
    if (reader === undefined) {
      let first = await read()
      while (first?.byteLength === 0) first = await read()
      if (first === undefined) return undefined
      const { readable, writable } = newDecompressor(isRawDeflate(format, first) ? 'deflate-raw' : format)
      reader = readable.getReader()
      void pump(first, writable.getWriter() as WritableStreamDefaultWriter<Uint8Array>)
    }
    try {
      const { value } = await reader.read()
      if (value !== undefined || failure === undefined) return value
    } catch (error) {
      if (failure === undefined) throw poolError('Z_DATA_ERROR', 'The coded body is corrupt or cut', error)
    }
    throw failure.error
  }
}
