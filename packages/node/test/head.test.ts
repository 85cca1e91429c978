import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { Handler } from '../src/index.ts'
import {
  chunk,
  connectRaw,
  ENDING,
  handlerFor,
  listen,
  OPENING,
  post,
  startRawUpstream,
  STREAM_HEAD,
} from './sockets.ts'

test('the head goes out with the body that came with it, and not by itself', async () => {
  const { handler, goOn } = await handlerOfTwoChunks()
  let flushed = 0
  const port = await listen((request, response) => {
    const flushHeaders = response.flushHeaders.bind(response)
    response.flushHeaders = () => {
      flushed++
      flushHeaders()
    }
    void handler(request, response)
  })
  const client = await connectRaw(port)
  client.socket.write(post('{}'))
  await client.until(/Hello/)
  goOn()
  await client.until(/0\r\n\r\n$/)
  expect(flushed).toBe(0)
})

test('the head goes out though middleware keeps the body back', async () => {
  const { handler, goOn } = await handlerOfTwoChunks()
  const port = await listen((request, response) => {
    keepBodyBack(response)
    void handler(request, response)
  })
  const client = await connectRaw(port)
  client.socket.write(post('{}'))
  expect(await client.until(/\r\n\r\n$/)).not.toContain('Hello')
  goOn()
  expect(await client.until(/0\r\n\r\n$/)).toContain('Hello')
})

/** Its upstream sends the head with a first chunk, and the rest when it is to go on. */
async function handlerOfTwoChunks(): Promise<{ readonly handler: Handler; readonly goOn: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const upstream = await startRawUpstream(async (peer) => {
    await peer.until(/\{\}$/)
    peer.socket.write(STREAM_HEAD + chunk(OPENING))
    await promise
    peer.socket.end(`${chunk(ENDING)}0\r\n\r\n`)
  })
  return { handler: handlerFor(upstream).handler, goOn: resolve }
}

/** As a compressing middleware does: nothing is written before the end. */
function keepBodyBack(response: ServerResponse<IncomingMessage>): void {
  const kept: Uint8Array[] = []
  const end = response.end.bind(response)
  response.write = (bytes: Uint8Array) => kept.push(bytes) > 0
  response.end = () => end(Buffer.concat(kept))
}
