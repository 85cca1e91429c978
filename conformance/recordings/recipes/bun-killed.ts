import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['openai-chat']

export const recipe: Recipe = {
  slug: 'bun-killed',
  title: 'Bun: the server is killed within the stream',
  dialect: 'openai-chat',
  source: 'Bun {version}, Bun.serve with a ReadableStream; SIGKILL within a stream',
  version: ['bun', '--version'],
  async play(kit) {
    const server = await kit.server('bun', { stream })
    const client = await kit.clientOf(server.port, stream)
    server.process.kill('SIGKILL')
    await client.closed()
  },
}
