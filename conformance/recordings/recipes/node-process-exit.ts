import type { Recipe } from '../recipe.ts'
import { TOOL_CALL as stream } from '../streams.ts'

export const recipe: Recipe = {
  slug: 'node-process-exit',
  title: 'Node: process.exit(1) within a tool call',
  dialect: 'anthropic-messages',
  source: 'Node {version}, node:http; process.exit(1) within a stream',
  version: [process.execPath, '--version'],
  async play(kit) {
    const server = await kit.server('node', { stream })
    const client = await kit.clientOf(server.port, stream, true)
    server.order('exit')
    await client.closed()
  },
}
