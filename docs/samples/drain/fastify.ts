import Fastify from 'fastify'
import { stopbit } from '@stopbit/fastify'

const fastify = Fastify()
fastify.register(stopbit, {
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  drainDeadlineMs: Number(process.env['DRAIN_DEADLINE_MS'] ?? 25_000),
})
await fastify.listen({ port: Number(process.env['PORT'] ?? 4141), host: '127.0.0.1' })
console.log(fastify.server.address())

process.once('SIGTERM', () => void fastify.close())
