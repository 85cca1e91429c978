import { createServer } from 'node:http'
import { createHandler } from '@stopbit/node'
import { applyServerPreset, observeListener } from '@stopbit/server-presets'

// Towards the API: `retry` is 'stale-once' by default.
const handler = createHandler({
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  onRecord: ({ attempts }) => console.log('attempts', attempts.length),
})
const server = createServer((request, response) => void handler(request, response))
// Towards the client: what is in front closes first, and requests that still come too late are counted.
applyServerPreset(server, 'nginx')
const counters = observeListener(server)
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    console.log(counters)
    process.exit()
  })
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
