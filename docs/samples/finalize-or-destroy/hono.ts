import { serve } from '@hono/node-server'
import { createHonoHandler } from '@stopbit/edge/hono'
import { Hono } from 'hono'

const app = new Hono()
app.all(
  '/v1/*',
  createHonoHandler({
    upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
    onRecord: ({ ending, fault }) => console.log(ending, fault?.kind ?? 'no fault'),
  }),
)

// On Workers, Deno and Bun, `export default app` is all that is needed.
const port = Number(process.env['PORT'] ?? 4141)
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => console.log(address))
