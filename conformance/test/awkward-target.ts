// A target that misbehaves in ways that the harness itself must survive. AWKWARD names the way; else it relays bytes over raw TCP.
import net from 'node:net'

const way = process.env['AWKWARD']
const upstream = new URL(process.env['STOPBIT_UPSTREAM_URL'] ?? '')
const REFUSAL = '{"oops":true}'
/** Shorter than any grace. */
const TRICKLE_MS = 25
const LAST_CHUNK = '0\r\n\r\n'
const COMMENT = '8\r\n: alive\n\r\n'

const server = net.createServer((client) => {
  client.on('error', () => undefined)
  if (way === 'answers-by-itself') {
    client.once('data', () => client.end(`HTTP/1.1 500 Oops\r\ncontent-length: ${REFUSAL.length}\r\n\r\n${REFUSAL}`))
    return
  }
  if (way === 'caches-control') return cacheControl(client)
  const origin = net.connect(Number(upstream.port), upstream.hostname)
  origin.on('error', () => client.destroy())
  client.on('data', (bytes) => origin.write(bytes))
  client.on('close', () => origin.destroy())
  if (way === 'trickles') return trickle(origin, client)
  if (way === 'never-ends') return neverEnd(origin, client)
  const held: Buffer[] = []
  origin.on('data', (bytes) => (way === 'buffers' ? held.push(bytes) : client.write(bytes)))
  origin.on('end', () => client.end(Buffer.concat(held)))
})

const kept: Buffer[] = []

/** Asks the upstream for its control answer once, and then gives it to everybody, whatever has become of the way to the upstream. */
function cacheControl(client: net.Socket): void {
  client.once('data', (request) => {
    const isControl = request.includes('stopbit-control')
    if (isControl && kept.length > 0) return void client.end(Buffer.concat(kept))
    const origin = net.connect(Number(upstream.port), upstream.hostname).on('error', () => client.destroy())
    origin.write(request)
    origin.on('data', (bytes) => {
      if (isControl) kept.push(bytes)
      client.write(bytes)
    })
    origin.on('end', () => client.end())
    client.on('close', () => origin.destroy())
  })
}

/** Gives the client what came in small pieces, long after the upstream has sent it. */
function trickle(origin: net.Socket, client: net.Socket): void {
  let left = Buffer.alloc(0)
  origin.on('data', (bytes) => (left = Buffer.concat([left, bytes])))
  const timer = setInterval(() => {
    client.write(left.subarray(0, 32))
    left = left.subarray(32)
  }, TRICKLE_MS)
  client.on('close', () => clearInterval(timer))
}

/** Keeps the last chunk back and goes on with comments instead. */
function neverEnd(origin: net.Socket, client: net.Socket): void {
  let timer: NodeJS.Timeout | undefined
  origin.on('data', (bytes) => {
    const text = bytes.toString('latin1')
    client.write(text.replace(LAST_CHUNK, ''), 'latin1')
    if (text.endsWith(LAST_CHUNK)) timer ??= setInterval(() => client.write(COMMENT), TRICKLE_MS)
  })
  client.on('close', () => clearInterval(timer))
}

server.listen(Number(process.env['STOPBIT_LISTEN_PORT']), '127.0.0.1')
process.on('SIGTERM', () => {
  if (way !== 'ignores-sigterm') process.exit(0)
})
