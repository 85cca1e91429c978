import type { UpstreamPool } from '../src/index.ts'
import { certificates } from './certificates.ts'
import { type H2Request, startH2Upstream } from './h2-upstream.ts'
import { startPool } from './http-upstream.ts'

/** A pool that speaks HTTP/2 to an upstream of hand-written frames. */
export async function startH2(
  onRequest: (request: H2Request) => unknown,
  options: { readonly maxConnections?: number } = {},
): Promise<{ pool: UpstreamPool; counts: { streams: number; connections: number } }> {
  const { ca, server } = await certificates()
  const { port, counts } = await startH2Upstream(server, onRequest)
  return { pool: startPool(`https://localhost:${port}`, { ca, allowH2: true, ...options }), counts }
}

/** Answers a request with a small body. */
export function answer(request: H2Request): void {
  request.head()
  request.data('ok', 'end')
}
