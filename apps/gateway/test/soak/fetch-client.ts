import { fetch, type Agent } from 'undici'
import type { SoakExchange } from './exchange.ts'
import { requestBody, targetOf } from './plan.ts'

/** Asks with fetch, over the connections of `agent`. Resolves when its response is over, or when it has left. */
export async function askByFetch(port: number, exchange: SoakExchange, agent: Agent): Promise<void> {
  const { plan, seen } = exchange
  const leaving = new AbortController()
  try {
    const response = await fetch(`http://127.0.0.1:${port}${targetOf(plan)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-client-request-id': plan.id, 'x-api-key': 'sk-canary' },
      body: requestBody(plan),
      dispatcher: agent,
      signal: leaving.signal,
    })
    seen.status = response.status
    seen.head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\r\n')
    for await (const part of response.body ?? []) {
      seen.body.push(Buffer.from(part as Uint8Array))
      if (plan.client !== 'leave-by-reset') continue
      exchange.clientFired = true
      leaving.abort()
    }
    seen.end = 'whole'
    exchange.clientFired = true
  } catch {
    if (leaving.signal.aborted) seen.end = 'left'
    else seen.end = seen.status === 0 ? 'none' : 'incomplete'
  }
}
