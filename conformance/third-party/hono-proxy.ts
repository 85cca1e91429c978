// The example of the proxy helper, which leaves timeouts to `fetch`.
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { serve, upstream } from './start.ts'

const app = new Hono()
app.all('/*', (context) => {
  const { pathname, search } = new URL(context.req.url)
  return proxy(`${upstream}${pathname}${search}`, context.req.raw)
})
serve(createAdaptorServer({ fetch: app.fetch }) as Server, 'hono', '@hono/node-server')
