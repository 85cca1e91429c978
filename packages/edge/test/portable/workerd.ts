import { createTestApp, type TestEnvironment } from './test-app.ts'

type App = ReturnType<typeof createTestApp>

let app: App | undefined

export default {
  fetch(request: Request, env: TestEnvironment, context: unknown): Promise<Response> {
    app ??= createTestApp(env)
    return app(request, env, context)
  },
}
