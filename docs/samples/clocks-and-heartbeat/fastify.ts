import Fastify from 'fastify'
import { stopbit } from '@stopbit/fastify'

const fastify = Fastify()
fastify.register(stopbit, {
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  exchange: {
    idleTimeoutMs: Number(process.env['IDLE_TIMEOUT_MS'] ?? 240_000), // any byte of the API restarts it
    progressTimeoutMs: 1_200_000, // only model data restarts it
    heartbeatMs: Number(process.env['HEARTBEAT_MS'] ?? 7_000), // silence towards the client
  },
})
await fastify.listen({ port: Number(process.env['PORT'] ?? 4141), host: '127.0.0.1' })
console.log(fastify.server.address())
