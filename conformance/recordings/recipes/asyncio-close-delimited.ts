import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['anthropic-messages']

export const recipe: Recipe = {
  slug: 'asyncio-close-delimited',
  title: 'asyncio: a stream that its connection delimits is closed early, and looks whole',
  dialect: 'anthropic-messages',
  source: '{version}, asyncio streams without a transfer coding; writer.close() within a stream',
  version: ['python3', '--version'],
  async play(kit) {
    const server = await kit.server('python', { stream, headers: { connection: 'close' } })
    const client = await kit.clientOf(server.port, stream)
    server.order('close')
    await client.closed()
  },
}
