import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['openai-chat']

export const recipe: Recipe = {
  slug: 'asyncio-generator-raises',
  title: 'asyncio: the handler raises within the stream, and its connection is closed',
  dialect: 'openai-chat',
  source: '{version}, asyncio streams; an exception in the handler, whose finally closes the writer',
  version: ['python3', '--version'],
  async play(kit) {
    const server = await kit.server('python', { stream, headers: { 'transfer-encoding': 'chunked' } })
    const client = await kit.clientOf(server.port, stream)
    server.order('raise')
    await client.closed()
  },
}
