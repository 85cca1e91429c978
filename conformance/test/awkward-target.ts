// A target that misbehaves in ways that the harness itself must survive. AWKWARD names the way; else it relays bytes over raw TCP.
import net from 'node:net'

const way = process.env['AWKWARD']
const upstream = new URL(process.env['STOPBIT_UPSTREAM_URL'] ?? '')
const REFUSAL = '{"oops":true}'

const server = net.createServer((client) => {
  client.on('error', () => undefined)
  if (way === 'answers-by-itself') {
    client.once('data', () => client.end(`HTTP/1.1 500 Oops\r\ncontent-length: ${REFUSAL.length}\r\n\r\n${REFUSAL}`))
    return
  }
  const origin = net.connect(Number(upstream.port), upstream.hostname)
  origin.on('error', () => client.destroy())
  client.on('data', (bytes) => origin.write(bytes))
  client.on('close', () => origin.destroy())
  const held: Buffer[] = []
  origin.on('data', (bytes) => (way === 'buffers' ? held.push(bytes) : client.write(bytes)))
  origin.on('end', () => client.end(Buffer.concat(held)))
})
server.listen(Number(process.env['STOPBIT_LISTEN_PORT']), '127.0.0.1')
process.on('SIGTERM', () => {
  if (way !== 'ignores-sigterm') process.exit(0)
})
