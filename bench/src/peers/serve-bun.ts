import { host, port, sayReady, upstream } from './start.ts'

declare const Bun: {
  serve(options: object): { readonly port: number }
}

/** Serves in Bun, without the limit of 10 s that it has for a silent request. */
export function serveBun(makeHandler: (upstream: URL) => unknown): void {
  sayReady(Bun.serve({ port, hostname: host, idleTimeout: 0, fetch: makeHandler(upstream) }).port)
}
