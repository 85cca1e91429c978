import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from 'undici'
import { SoakClient } from './client.ts'
import type { SoakExchange } from './exchange.ts'
import { askByFetch } from './fetch-client.ts'
import type { Ledger } from './ledger.ts'
import { planSession } from './plan.ts'

export interface SessionContext {
  readonly ledger: Ledger
  readonly agent: Agent
  readonly port: number
  readonly seed: number
  /** When no more exchanges are begun, of `performance.now()`. */
  readonly until: number
}

/** Far beyond the longest that all limits of the gateway allow an exchange together. */
const STUCK_MS = 20_000

/** Runs the session of this number. Never rejects, and ends in any case: what is stuck is given up, and reported. */
export async function runSession({ ledger, agent, port, seed, until }: SessionContext, number: number): Promise<void> {
  const { style, exchanges: plans } = planSession(seed, number)
  if (style === 'fetch') {
    for (const exchange of plans.map((plan) => ledger.begin(plan))) {
      await finish(ledger, exchange, askByFetch(port, exchange, agent))
    }
    return
  }
  let client = new SoakClient(port)
  if (style === 'pipeline') {
    const exchanges = plans.map((plan) => ledger.begin(plan))
    for (const exchange of exchanges.slice(1)) exchange.isFollower = true
    const asked = client.pipeline(exchanges)
    // They are taken one after the other, and each has the time of those before it.
    await Promise.all(exchanges.map((exchange) => finish(ledger, exchange, asked, exchanges.length)))
  } else {
    for (const [i, plan] of plans.entries()) {
      if (i > 0 && performance.now() > until) break
      if (client.isOver) {
        await client.close()
        client = new SoakClient(port)
      }
      const exchange = ledger.begin(plan)
      await finish(ledger, exchange, client.ask(exchange))
    }
  }
  if (client.hasStray) ledger.problem(plans[0]?.id ?? '', 'bytes came that nobody had asked for')
  await client.close()
}

/** Waits for the end that the client sees and, where it got a response, for the record. */
async function finish(ledger: Ledger, exchange: SoakExchange, asked: Promise<void>, inARow = 1): Promise<void> {
  const giveUp = new AbortController()
  const patience = sleep(STUCK_MS * inARow, undefined, { signal: giveUp.signal }).catch(() => undefined)
  const whole = asked.then(() => (exchange.seen.status === 0 ? undefined : exchange.recorded.promise))
  await Promise.race([whole, patience])
  giveUp.abort()
  ledger.end(exchange)
}
