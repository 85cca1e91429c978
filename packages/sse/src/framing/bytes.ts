const encoder = new TextEncoder()

/** UTF-8 bytes of a text. */
export function toBytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** One run of bytes out of many; the same memory if there is only one. */
export function joinBytes(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only
  const joined = new Uint8Array(byteLength)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.byteLength
  }
  return joined
}

/** Whether `bytes` has `prefix` at `at`, with `end` as the end of what may be read. */
export function hasPrefix(bytes: Uint8Array, at: number, end: number, prefix: Uint8Array): boolean {
  const length = prefix.byteLength
  if (end - at < length) return false
  for (let i = 0; i < length; i++) if (bytes[at + i] !== prefix[i]) return false
  return true
}
