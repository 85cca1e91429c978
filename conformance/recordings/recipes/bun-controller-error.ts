import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['anthropic-messages']

export const recipe: Recipe = {
  slug: 'bun-controller-error',
  title: 'Bun: the body’s generator fails within the stream',
  dialect: 'anthropic-messages',
  source: 'Bun {version}, Bun.serve with a ReadableStream; controller.error() within a stream',
  version: ['bun', '--version'],
  async play(kit) {
    const server = await kit.server('bun', { stream })
    await kit.clientOf(server.port, stream)
    await server.sent
    server.order('error')
    await kit.recorded()
  },
}
