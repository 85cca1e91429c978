import { startNginx } from '../proxies.ts'
import type { Recipe } from '../recipe.ts'
import { TOOL_CALL as stream } from '../streams.ts'

export const recipe: Recipe = {
  slug: 'nginx-read-timeout',
  title: 'nginx: proxy_read_timeout ends the stream while the model thinks, within a tool call',
  dialect: 'anthropic-messages',
  source: '{version}, proxy_read_timeout 1s, before an origin that falls silent within a stream',
  version: ['/usr/sbin/nginx', '-v'],
  async play(kit) {
    const origin = await kit.server('node', { stream })
    const nginx = await startNginx(kit, origin.port, { directives: 'proxy_read_timeout 1s;' })
    const client = await kit.clientOf(nginx.port, stream, true)
    await client.closed()
  },
}
