// The README's "Express Server Example"; errors are answered by the plugins that it comes with.
import { createServer } from 'node:http'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { idleTimeoutMs, serve, upstream } from './start.ts'

const app = express()
app.use(createProxyMiddleware({ target: upstream, changeOrigin: true, proxyTimeout: idleTimeoutMs }))
serve(createServer(app), 'http-proxy-middleware', 'express')
