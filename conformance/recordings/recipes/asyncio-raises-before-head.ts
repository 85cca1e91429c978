import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['anthropic-messages']

export const recipe: Recipe = {
  slug: 'asyncio-raises-before-head',
  title: 'asyncio: the handler raises before it has written anything, and the process ends with the request unanswered',
  dialect: 'anthropic-messages',
  source: '{version}, asyncio streams; an exception in the handler before its answer, then SIGKILL',
  version: ['python3', '--version'],
  async play(kit) {
    const server = await kit.server('python', { stream, raisesAtOnce: true })
    const client = await kit.client(server.port)
    client.ask()
    await server.sent
    server.process.kill('SIGKILL')
    await client.closed()
  },
}
