import { createServer } from 'node:http'
import { createHandler } from '@stopbit/node'

const handler = createHandler({
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  onRecord: ({ ending, fault }) => console.log(ending, fault?.kind ?? 'no fault'),
})
const server = createServer((request, response) => void handler(request, response))
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
