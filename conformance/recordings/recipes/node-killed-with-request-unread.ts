import type { Recipe } from '../recipe.ts'
import { STREAMS } from '../streams.ts'

const stream = STREAMS['anthropic-messages']

export const recipe: Recipe = {
  slug: 'node-killed-with-request-unread',
  title: 'Node: the server is killed with the next request of a kept connection unread',
  dialect: 'anthropic-messages',
  source: 'Node {version}, node:http; SIGSTOP after a whole answer, the next request on its connection, then SIGKILL',
  version: [process.execPath, '--version'],
  async play(kit) {
    const server = await kit.server('node', { stream, whole: true })
    const client = await kit.client(server.port)
    client.ask()
    await client.has('0\r\n\r\n')
    server.process.kill('SIGSTOP')
    client.ask()
    await kit.unread(server.port)
    server.process.kill('SIGKILL')
    await client.closed()
  },
}
