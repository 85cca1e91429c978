import { startHaproxy } from '../proxies.ts'
import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['anthropic-messages']

export const recipe: Recipe = {
  slug: 'haproxy-server-timeout',
  title: 'HAProxy: timeout server ends the stream while the model thinks',
  dialect: 'anthropic-messages',
  source: '{version}, timeout server 1s, before an origin that falls silent within a stream',
  version: ['/usr/sbin/haproxy', '-v'],
  async play(kit) {
    const origin = await kit.server('node', { stream })
    const haproxy = await startHaproxy(kit, origin.port, '1s')
    const client = await kit.clientOf(haproxy.port, stream)
    await client.closed()
  },
}
