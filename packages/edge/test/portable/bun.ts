import { createTestApp, type TestEnvironment } from './test-app.ts'

declare const Bun: {
  readonly env: TestEnvironment
  serve(options: {
    readonly port: number
    readonly hostname: string
    readonly idleTimeout: number
    readonly fetch: unknown
  }): {
    readonly port: number
  }
}

// An idle limit as short as Bun's can be (it is 10 by default), so that a test need not wait long for it.
const { port } = Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 1, fetch: createTestApp(Bun.env) })
console.log(`READY ${port}`)
