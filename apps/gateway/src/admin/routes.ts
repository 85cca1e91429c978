import type { MetricsPage } from '../metrics/create-metrics.ts'
import { answer, type AdminRoutes } from './admin-server.ts'

/** Everything that the admin port answers. */
export function adminRoutes(metrics: MetricsPage): AdminRoutes {
  return {
    '/metrics': async (_state, _request, response) => {
      const text = await metrics.render()
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text)
    },
    // The process runs, and its event loop turns.
    '/healthz': (_state, _request, response) => answer(response, 200, 'ok'),
    '/readyz': ({ phase }, _request, response) => answer(response, phase === 'ready' ? 200 : 503, phase),
  }
}
