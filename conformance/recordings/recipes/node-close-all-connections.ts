import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['openai-chat']

export const recipe: Recipe = {
  slug: 'node-close-all-connections',
  title: 'Node: a shutdown with closeAllConnections() cuts the stream',
  dialect: 'openai-chat',
  source: 'Node {version}, node:http; server.close() and server.closeAllConnections() within a stream',
  version: [process.execPath, '--version'],
  async play(kit) {
    const server = await kit.server('node', { stream })
    const client = await kit.clientOf(server.port, stream)
    server.order('close-all')
    await client.closed()
  },
}
