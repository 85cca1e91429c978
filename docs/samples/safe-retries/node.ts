import { createServer } from 'node:http'
import { createHandler } from '@stopbit/node'

const handler = createHandler({
  upstream: { url: new URL(process.env['API_URL'] ?? 'https://api.anthropic.com') },
  exchange: {
    retry: 'replayable', // never · unsent · stale-once · replayable
    retryBackoffMs: Number(process.env['RETRY_BACKOFF_MS'] ?? 1_000),
    retryWindowMs: 20_000,
  },
  onRecord: ({ attempts }) => console.log('attempts', attempts.length),
})
const server = createServer((request, response) => void handler(request, response))
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
