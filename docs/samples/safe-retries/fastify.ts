import Fastify from 'fastify'
import { stopbit } from '@stopbit/fastify'

const fastify = Fastify()
fastify.register(stopbit, {
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  exchange: {
    retry: 'replayable', // never · unsent · stale-once · replayable
    retryBackoffMs: Number(process.env['RETRY_BACKOFF_MS'] ?? 1_000),
    retryWindowMs: 20_000,
  },
  onRecord: ({ attempts }) => console.log('attempts', attempts.length),
})
await fastify.listen({ port: Number(process.env['PORT'] ?? 4141), host: '127.0.0.1' })
console.log(fastify.server.address())
