import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { listen, upstream } from './start.ts'

const app = new Hono()
app.all('/*', (context) => {
  const { pathname, search } = new URL(context.req.url)
  return proxy(`${upstream.origin}${pathname}${search}`, context.req.raw)
})
const listener = getRequestListener(app.fetch)
listen(createServer((request, response) => void listener(request, response)))
