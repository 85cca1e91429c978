/** Fields that speak of one HTTP/1.1 connection. RFC 9113, 8.2.2. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'proxy-connection', 'upgrade'])

/** The lines of an HTTP/1.1 response head as a header block: `:status`, then the fields in lower case, hop-by-hop ones left out. */
export function headBlock(lines: readonly string[]): Buffer {
  const [first = '', ...rest] = lines
  return Buffer.concat([literal(':status', first.split(' ')[1] ?? ''), fieldBlock(rest)])
}

/** Fields as a header block, each a literal that no table remembers. RFC 7541, 6.2.2. */
export function fieldBlock(lines: readonly string[]): Buffer {
  return Buffer.concat(
    lines.flatMap((line) => {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).trim().toLowerCase()
      return colon < 0 || HOP_BY_HOP.has(name) ? [] : [literal(name, line.slice(colon + 1).trim())]
    }),
  )
}

function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), text(name), text(value)])
}

/** A string without Huffman coding. RFC 7541, 5.2. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  return Buffer.concat([length(bytes.length), bytes])
}

/** An integer with a prefix of 7 bits. RFC 7541, 5.1. */
function length(value: number): Buffer {
  if (value < 127) return Buffer.of(value)
  const bytes = [127]
  let left = value - 127
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return Buffer.from([...bytes, left])
}
