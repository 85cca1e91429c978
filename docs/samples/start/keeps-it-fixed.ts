import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createProxy } from './proxy.ts'

const BEGINNING = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[]}}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}\n\n',
].join('')

await test(
  'an answer that its API cuts ends with an error event, and says nothing of sockets',
  { timeout: 10_000 },
  async (t) => {
    const textIsThere = Promise.withResolvers<void>()
    const api = createServer(async (request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(BEGINNING)
      await textIsThere.promise
      response.write('event: content_block_delta\ndata: {"half', () => response.socket?.resetAndDestroy())
    })
    const proxy = createProxy(new URL(await listen(api)))
    const url = await listen(proxy)
    t.after(() => [api, proxy].map((server) => server.close().closeAllConnections()))

    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude',
        max_tokens: 9,
        stream: true,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    })
    let answer = ''
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      answer += decoder.decode(bytes, { stream: true }) // a socket that was destroyed throws here
      if (answer.includes('Hello')) textIsThere.resolve()
    }
    assert.ok(answer.startsWith(BEGINNING), 'every whole event arrives')
    assert.match(
      answer.slice(BEGINNING.length),
      /^event: error\ndata: \{"type":"error",.*\}\n\n$/,
      'then one error event',
    )
    assert.doesNotMatch(answer, /half|message_stop|ECONNRESET|terminated|socket/)
  },
)

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
