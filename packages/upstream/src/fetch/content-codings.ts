/** The formats of `DecompressionStream`, by the codings that mean them. */
const FORMATS = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'brotli'],
  ['zstd', 'zstd'],
])

/** More codings on top of each other than this are an attack and no answer. */
const MAX_CODINGS = 4

const TEXTUAL = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml)\b)/

/**
 * The formats to decode with, in the order in which they are to run: the reverse of the field's. `undefined` if one of the
 * codings is unknown, or unknown to this runtime.
 */
export function formatsOf(contentEncoding: string): string[] | undefined {
  const formats: string[] = []
  for (const coding of codingsOf(contentEncoding)) {
    const format = FORMATS.get(coding)
    if (format === undefined || !isSupported(format)) return undefined
    formats.unshift(format)
  }
  return formats.length >= 1 && formats.length <= MAX_CODINGS ? formats : undefined
}

export function newDecompressor(format: string): DecompressionStream {
  return new DecompressionStream(format as CompressionFormat) // newer formats are unknown to the types
}

/** `deflate` means the zlib format, but some send it raw. Its first byte tells: the method, 8, in the low half. */
export function isRawDeflate(format: string, [first = 0]: Uint8Array): boolean {
  return format === 'deflate' && (first & 0x0f) !== 8
}

/**
 * Whether bytes are still coded as their head says. Most runtimes decode what they can, and none takes the field away; Deno
 * does not decode where `accept-encoding` was set, and workerd neither deflate nor zstd. So only the bytes can tell: by the
 * first ones of the format, or, where it has none (brotli, raw deflate), by being no text where the type says text. What no
 * byte can tell, brotli of another type, counts as decoded.
 */
export function isStillCoded(contentEncoding: string, bytes: Uint8Array, contentType: string): boolean {
  const outermost = codingsOf(contentEncoding).at(-1) ?? ''
  const format = FORMATS.get(outermost)
  if (format === undefined) return true // nobody decodes what nobody knows
  const [first = 0, second = 0] = bytes
  if (bytes.byteLength === 0) return false
  if (format === 'gzip') return first === 0x1f && (second === 0x8b || bytes.byteLength === 1)
  if (format === 'zstd') return first === 0x28 && (second === 0xb5 || bytes.byteLength === 1)
  if (format === 'deflate' && (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0) return true
  return TEXTUAL.test(contentType.trim().toLowerCase()) && !isText(bytes)
}

function codingsOf(contentEncoding: string): string[] {
  const codings = contentEncoding.split(',').map((coding) => coding.trim().toLowerCase())
  return codings.filter((coding) => coding !== '' && coding !== 'identity')
}

function isSupported(format: string): boolean {
  try {
    newDecompressor(format)
    return true
  } catch {
    return false
  }
}

/** UTF-8, cut anywhere, without control characters that no text has. */
function isText(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 1_024)
  if (start.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true })
    return true
  } catch {
    return false
  }
}
