import type { Recipe } from '../recipe.ts'
import { TOOL_CALL as stream } from '../streams.ts'

export const recipe: Recipe = {
  slug: 'asyncio-transport-abort',
  title: 'asyncio: transport.abort() within a tool call',
  dialect: 'anthropic-messages',
  source: '{version}, asyncio streams; transport.abort() within a stream',
  version: ['python3', '--version'],
  async play(kit) {
    const server = await kit.server('python', { stream, headers: { 'transfer-encoding': 'chunked' } })
    const client = await kit.clientOf(server.port, stream, true)
    server.order('abort')
    await client.closed()
  },
}
