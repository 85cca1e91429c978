import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { LiveExchanges, type Exchange } from '@stopbit/exchange'
import { waitForTurn } from './client-connection.ts'
import type { ResponseWriter } from './response-writer.ts'

/** An exchange, or the place of one that has to wait. */
type Live = Parameters<LiveExchanges['add']>[0]

/** What `finish` was called with. */
export type FinishArguments = Parameters<Exchange['finish']>

/** The exchanges of a handler that are under way, with the connections that they write to. */
export class LiveResponses extends LiveExchanges {
  readonly #abandon = new Map<Live, () => void>()

  override add(live: Live, abandon?: () => void): void {
    if (abandon !== undefined) this.#abandon.set(live, abandon)
    super.add(live)
  }

  /** @param client writes the response of the exchange. */
  addExchange(exchange: Exchange, client: ResponseWriter): void {
    this.add(exchange, () => {
      client.abort()
      exchange.downstreamGone()
    })
  }

  override delete(live: Live): void {
    this.#abandon.delete(live)
    super.delete(live)
  }

  /**
   * Begins an exchange when its response may be written. Until then it is under way, too: whoever closes the listener waits
   * for it, and it has to end at its turn if it was to end before.
   */
  async atItsTurn<Begun>(
    socket: Socket,
    response: ServerResponse,
    begin: (finished: FinishArguments | undefined) => Begun,
  ): Promise<Begun> {
    let finished: FinishArguments | undefined
    const place: Live = { finish: (...given) => void (finished = given) }
    this.add(place, () => socket.destroy())
    await waitForTurn(socket, response)
    try {
      return begin(finished)
    } finally {
      this.delete(place) // not before the exchange has taken it
    }
  }

  /** Closes the connections of all that are under way, which ends them. */
  abandon(): void {
    for (const abandon of this.#abandon.values()) abandon()
  }
}
