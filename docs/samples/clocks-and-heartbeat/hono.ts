import { serve } from '@hono/node-server'
import { createHonoHandler } from '@stopbit/edge/hono'
import { Hono } from 'hono'

const app = new Hono()
app.all(
  '/v1/*',
  createHonoHandler({
    upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
    exchange: {
      idleTimeoutMs: Number(process.env['IDLE_TIMEOUT_MS'] ?? 240_000), // any byte of the API restarts it
      progressTimeoutMs: 1_200_000, // only model data restarts it
      heartbeatMs: Number(process.env['HEARTBEAT_MS'] ?? 7_000), // silence towards the client
    },
  }),
)

// On Workers, Deno and Bun, `export default app` is all that is needed.
const port = Number(process.env['PORT'] ?? 4141)
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => console.log(address))
