import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { createHonoHandler } from '@stopbit/edge/hono'
import { createDrain } from '@stopbit/server-presets'
import { Hono } from 'hono'

const handler = createHonoHandler({
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
})
const app = new Hono()
app.all('/v1/*', handler)
const port = Number(process.env['PORT'] ?? 4141)
const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => console.log(address)) as Server

const drain = createDrain(server, { drainDeadlineMs: Number(process.env['DRAIN_DEADLINE_MS'] ?? 25_000) })
drain.register(handler)
process.once('SIGTERM', () => void drain.start())
