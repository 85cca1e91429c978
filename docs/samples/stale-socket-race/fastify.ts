import Fastify from 'fastify'
import { stopbit } from '@stopbit/fastify'
import { applyServerPreset, observeListener } from '@stopbit/server-presets'

const fastify = Fastify()
fastify.register(stopbit, {
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  onRecord: ({ attempts }) => console.log('attempts', attempts.length),
})
applyServerPreset(fastify.server, 'nginx')
const counters = observeListener(fastify.server)
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    console.log(counters)
    process.exit()
  })
await fastify.listen({ port: Number(process.env['PORT'] ?? 4141), host: '127.0.0.1' })
console.log(fastify.server.address())
