import { childrenOf } from '../kit.ts'
import { startNginx } from '../proxies.ts'
import type { Recipe } from '../recipe.ts'
import { cutWithinEvent, STREAMS } from '../streams.ts'

const stream = cutWithinEvent(STREAMS['anthropic-messages'])

export const recipe: Recipe = {
  slug: 'nginx-worker-killed',
  title: 'nginx: the worker that relays the stream is killed, in the middle of an event',
  dialect: 'anthropic-messages',
  source: '{version}, proxy_buffering off; SIGKILL to its worker while it relays a stream',
  version: ['/usr/sbin/nginx', '-v'],
  async play(kit) {
    const origin = await kit.server('node', { stream })
    const nginx = await startNginx(kit, origin.port)
    const client = await kit.clientOf(nginx.port, stream)
    for (const worker of childrenOf(nginx.process.pid)) process.kill(worker, 'SIGKILL')
    await client.closed()
  },
}
