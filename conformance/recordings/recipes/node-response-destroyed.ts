import type { Recipe } from '../recipe.ts'
import { cutWithinEvent, STREAMS } from '../streams.ts'

const stream = cutWithinEvent(STREAMS['anthropic-messages'])

export const recipe: Recipe = {
  slug: 'node-response-destroyed',
  title: 'Node: response.destroy() in the middle of an event',
  dialect: 'anthropic-messages',
  source: 'Node {version}, node:http; response.destroy() within a stream',
  version: [process.execPath, '--version'],
  async play(kit) {
    const server = await kit.server('node', { stream })
    const client = await kit.clientOf(server.port, stream)
    server.order('destroy')
    await client.closed()
  },
}
