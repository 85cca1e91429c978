import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../call-api.ts'

const server = createServer(async (_request, response) => {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8', // compression and caches know it
    'cache-control': 'no-cache, no-transform', // nobody may compress it, which would hold it back
    'x-accel-buffering': 'no', // nginx, and what is built on it
  })
  response.flushHeaders() // Node holds the head back until the first byte of the body
  for (let second = 1; second <= 10 && !response.destroyed; second++) {
    response.write(`data: {"second":${second}}\n\n`)
    await sleep(1_000)
  }
  response.end()
})
listen(server)
