// A small proxy that does everything the suite asks for, on plain node:http and with nothing of ours in it: what the suite's judge
// is calibrated against. MUTANT=<name> breaks exactly one thing; the suite must then fail exactly that thing's invariants.
// A model of behaviour, not of code for production: it reads every request to its end before it asks, for one.
import http, { type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { forward } from './forward.ts'
import { drainDeadlineMs, is, keepaliveMs, listenHost, listenPort } from './settings.ts'

const server = http.createServer((request, response) => {
  if (is('late-request-lost') && isLate(request)) return void request.socket.destroy()
  const parts: Buffer[] = []
  request.on('data', (bytes: Buffer) => parts.push(bytes))
  request.on('error', () => undefined)
  request.on('end', () => {
    const body = Buffer.concat(parts)
    forward({ request, body: is('body-changed') ? changed(body) : body, response })
  })
  response.on('finish', () => answeredAt.set(request.socket, performance.now()))
})
server.keepAliveTimeout = is('keepalive-hint-lies') ? Math.min(keepaliveMs, 700) : keepaliveMs
if (is('keepalive-hint-lies')) server.on('request', (_, response) => response.setHeader('keep-alive', 'timeout=30'))
server.keepAliveTimeoutBuffer = 0

/** When the last response on a client connection was through. */
const answeredAt = new WeakMap<Socket, number>()

function isLate({ socket }: IncomingMessage): boolean {
  return performance.now() - (answeredAt.get(socket) ?? Infinity) > keepaliveMs - 200
}

function changed(body: Buffer): Buffer {
  return Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1))
}

server.listen(listenPort, listenHost, () => {
  process.stdout.write(`STOPBIT_READY ${JSON.stringify({ port: (server.address() as { port: number }).port })}\n`)
})
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), drainDeadlineMs).unref()
})
