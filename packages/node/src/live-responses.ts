import type { ServerResponse } from 'node:http'
import { LiveExchanges, type Exchange } from '@stopbit/exchange'

/** The exchanges of a handler that are under way, with the responses that they write. */
export class LiveResponses extends LiveExchanges {
  readonly #responses = new Map<Exchange, ServerResponse>()

  override add(exchange: Exchange, response?: ServerResponse): void {
    if (response !== undefined) this.#responses.set(exchange, response)
    super.add(exchange)
  }

  override delete(exchange: Exchange): void {
    this.#responses.delete(exchange)
    super.delete(exchange)
  }

  /** Closes the connections of all that are under way, which ends them. */
  abandon(): void {
    for (const [exchange, response] of this.#responses) {
      response.destroy()
      exchange.downstreamGone()
    }
  }
}
