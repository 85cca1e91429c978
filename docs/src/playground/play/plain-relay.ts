import type { ExchangeContext, HeaderList } from '@stopbit/exchange'
import type { Machine } from './machine.ts'

/**
 * A relay without a finalizer, as most proxies have one inside: it passes on what comes, answers 502 with the error's own
 * text while it can, and drops the client's connection when the upstream's is lost. It has no clock.
 *
 * Measured so, on loopback with Node 20.20.2 over 13 s: \@fastify/reply-from 12.6.5, Hono's `proxy()` on \@hono/node-server
 * 1.19, nginx 1.22.1 and HAProxy 2.6.12 cut the client after an RST and after a FIN in the middle of a chunked body, and end the
 * response cleanly after a clean end. The first two did not end a silent stream; the other two cut it at their read timeout.
 * Relays that only `pipe` (http-proxy 1.18.1, http-proxy-3 1.23.3) left the client waiting after RST, FIN and silence.
 */
export class PlainRelay implements Machine {
  readonly #context: ExchangeContext
  #state: 'asking' | 'answering' | 'over' = 'asking'

  constructor(context: ExchangeContext) {
    this.#context = context
  }

  requestChunk(): 'stream' {
    return 'stream'
  }

  start(): void {
    const { request, sink } = this.#context
    const { method, target, headers } = request
    sink.sendAttempt(1, { method, path: target, headers, connection: 'any' })
  }

  upstreamConnected(): void {
    // It keeps no record.
  }

  upstreamHead(status: number, headers: HeaderList): void {
    this.#state = 'answering'
    this.#context.sink.writeHead(status, headers)
  }

  upstreamChunk(bytes: Uint8Array): void {
    if (this.#state === 'answering') this.#context.sink.write(bytes)
  }

  upstreamEnd(): void {
    if (this.#state === 'answering') this.#context.sink.end()
    this.#state = 'over'
  }

  upstreamFault(error: unknown): void {
    const { sink } = this.#context
    if (this.#state === 'answering') sink.abortDownstream()
    else if (this.#state === 'asking') {
      sink.writeHead(502, [])
      sink.write(new TextEncoder().encode((error as Error).message))
      sink.end()
    }
    this.#state = 'over'
  }

  downstreamFinished(): void {
    this.#state = 'over'
  }

  downstreamGone(): void {
    if (this.#state !== 'over') this.#context.sink.abortUpstream()
    this.#state = 'over'
  }

  wake(): void {
    // It asks for no wake-up.
  }
}
