import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS.gemini

export const recipe: Recipe = {
  slug: 'asyncio-killed',
  title: 'asyncio: the server is killed within the stream',
  dialect: 'gemini',
  source: '{version}, asyncio streams; SIGKILL within a stream',
  version: ['python3', '--version'],
  async play(kit) {
    const server = await kit.server('python', { stream, headers: { 'transfer-encoding': 'chunked' } })
    const client = await kit.clientOf(server.port, stream)
    server.process.kill('SIGKILL')
    await client.closed()
  },
}
