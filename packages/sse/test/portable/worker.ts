import { runChecks } from './run-checks.ts'

// workerd takes a module's default export for its handlers.
export default {
  fetch: async (): Promise<Response> => Response.json(await runChecks()),
}
