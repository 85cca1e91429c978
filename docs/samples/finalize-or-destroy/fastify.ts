import Fastify from 'fastify'
import { stopbit } from '@stopbit/fastify'

const fastify = Fastify()
fastify.register(stopbit, {
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  onRecord: ({ ending, fault }) => console.log(ending, fault?.kind ?? 'no fault'),
})
await fastify.listen({ port: Number(process.env['PORT'] ?? 4141), host: '127.0.0.1' })
console.log(fastify.server.address())
