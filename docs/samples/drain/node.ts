import { createServer } from 'node:http'
import { createHandler } from '@stopbit/node'
import { createDrain } from '@stopbit/server-presets'

const handler = createHandler({ upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') } })
const server = createServer((request, response) => void handler(request, response))
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))

const drain = createDrain(server, {
  drainDelayMs: Number(process.env['DRAIN_DELAY_MS'] ?? 0), // 10,000 in Kubernetes
  drainDeadlineMs: Number(process.env['DRAIN_DEADLINE_MS'] ?? 25_000),
})
drain.register(handler)
process.once('SIGTERM', () => void drain.start().then(() => handler.close()))
