import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { LiveExchanges, type Exchange } from '@stopbit/exchange'
import { waitForTurn } from './client-connection.ts'

/** What `finish` was called with. */
export type FinishArguments = Parameters<Exchange['finish']>

/** The exchanges of a handler that are under way, with those that wait for their turn. */
export class LiveResponses extends LiveExchanges {
  /**
   * Begins an exchange when its response may be written. Until then it is under way, too: whoever closes the listener waits
   * for it, and it has to end at its turn if it was to end before.
   */
  async atItsTurn<Begun>(
    socket: Socket,
    response: ServerResponse,
    begin: (finished: FinishArguments | undefined) => Promise<Begun>,
  ): Promise<Begun> {
    let finished: FinishArguments | undefined
    const entry = this.add({ finish: (...given) => void (finished = given) })
    await waitForTurn(socket, response)
    try {
      return begin(finished)
    } finally {
      this.delete(entry) // not before the exchange has taken it
    }
  }
}
