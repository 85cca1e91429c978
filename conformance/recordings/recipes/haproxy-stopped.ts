import { startHaproxy } from '../proxies.ts'
import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['openai-responses']

export const recipe: Recipe = {
  slug: 'haproxy-stopped',
  title: 'HAProxy: a hard stop cuts the stream',
  dialect: 'openai-responses',
  source: '{version}; SIGTERM (its hard stop) while it relays a stream',
  version: ['/usr/sbin/haproxy', '-v'],
  async play(kit) {
    const origin = await kit.server('node', { stream })
    const haproxy = await startHaproxy(kit, origin.port, '60s')
    const client = await kit.clientOf(haproxy.port, stream)
    haproxy.process.kill('SIGTERM')
    await client.closed()
  },
}
