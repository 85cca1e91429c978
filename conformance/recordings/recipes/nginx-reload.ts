import { startNginx } from '../proxies.ts'
import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['anthropic-messages']

export const recipe: Recipe = {
  slug: 'nginx-reload',
  title: 'nginx: a reload cuts the stream when worker_shutdown_timeout is over',
  dialect: 'anthropic-messages',
  source: '{version}, worker_shutdown_timeout 1s; SIGHUP while it relays a stream',
  version: ['/usr/sbin/nginx', '-v'],
  async play(kit) {
    const origin = await kit.server('node', { stream })
    const nginx = await startNginx(kit, origin.port, { globals: 'worker_shutdown_timeout 1s;' })
    const client = await kit.clientOf(nginx.port, stream)
    nginx.process.kill('SIGHUP')
    await client.closed()
  },
}
