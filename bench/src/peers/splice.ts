// Bytes from one socket to the other: the least that a Node process between the two can do.
import { connect, createServer } from 'node:net'
import { listen, upstream } from './start.ts'

listen(
  createServer({ noDelay: true }, (client) => {
    const server = connect({ host: upstream.hostname, port: Number(upstream.port), noDelay: true })
    client.pipe(server).pipe(client)
    client.on('error', () => server.destroy())
    server.on('error', () => client.destroy())
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  }),
)
