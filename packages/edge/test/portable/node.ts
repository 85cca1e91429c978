import { serve } from '@hono/node-server'
import { createTestApp, type TestEnvironment } from './test-app.ts'

const app = createTestApp(process.env as unknown as TestEnvironment)
serve({ port: 0, hostname: '127.0.0.1', fetch: (request) => app(request) }, ({ port }) => console.log(`READY ${port}`))
