import { startCaddy } from '../proxies.ts'
import type { Recipe } from '../recipe.ts'
import { cutWithinEvent, STREAMS } from '../streams.ts'

const stream = cutWithinEvent(STREAMS['anthropic-messages'])

export const recipe: Recipe = {
  slug: 'caddy-completes-the-framing',
  title: 'Caddy: its origin resets in the middle of an event, and the response ends as if it were whole',
  dialect: 'anthropic-messages',
  source: 'Caddy {version}, reverse_proxy with flush_interval -1; its origin resets the connection within a stream',
  version: ['caddy', 'version'],
  async play(kit) {
    const origin = await kit.server('node', { stream })
    const caddy = await startCaddy(kit, origin.port)
    await kit.clientOf(caddy.port, stream)
    origin.order('reset')
    await kit.recorded()
  },
}
