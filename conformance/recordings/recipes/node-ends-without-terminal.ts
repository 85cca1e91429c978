import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS.gemini

export const recipe: Recipe = {
  slug: 'node-ends-without-terminal',
  title: 'Node: response.end() when its own upstream failed: whole framing, half an answer',
  dialect: 'gemini',
  source: 'Node {version}, node:http; response.end() within a stream, as a handler does that swallows an error',
  version: [process.execPath, '--version'],
  async play(kit) {
    const server = await kit.server('node', { stream })
    await kit.clientOf(server.port, stream)
    server.order('end')
    await kit.recorded()
  },
}
