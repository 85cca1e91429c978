import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['anthropic-messages']

export const recipe: Recipe = {
  slug: 'asyncio-length-too-long',
  title: 'asyncio: a stream ends before its content-length',
  dialect: 'anthropic-messages',
  source: '{version}, asyncio streams with a content-length of 4096; writer.close() before so many bytes',
  version: ['python3', '--version'],
  async play(kit) {
    const server = await kit.server('python', { stream, headers: { 'content-length': '4096' } })
    const client = await kit.clientOf(server.port, stream)
    server.order('close')
    await client.closed()
  },
}
