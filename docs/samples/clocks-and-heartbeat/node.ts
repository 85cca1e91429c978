import { createServer } from 'node:http'
import { createHandler } from '@stopbit/node'

const handler = createHandler({
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  exchange: {
    idleTimeoutMs: Number(process.env['IDLE_TIMEOUT_MS'] ?? 240_000), // any byte of the API restarts it
    progressTimeoutMs: 1_200_000, // only model data restarts it
    heartbeatMs: Number(process.env['HEARTBEAT_MS'] ?? 7_000), // silence towards the client
  },
})
const server = createServer((request, response) => void handler(request, response))
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
