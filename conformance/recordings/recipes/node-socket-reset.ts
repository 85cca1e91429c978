import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['openai-responses']

export const recipe: Recipe = {
  slug: 'node-socket-reset',
  title: 'Node: socket.resetAndDestroy() within the stream',
  dialect: 'openai-responses',
  source: 'Node {version}, node:http; socket.resetAndDestroy() within a stream',
  version: [process.execPath, '--version'],
  async play(kit) {
    const server = await kit.server('node', { stream })
    const client = await kit.clientOf(server.port, stream)
    server.order('reset')
    await client.closed()
  },
}
