import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { chunk, connectRaw, EVENTS, startRawUpstream, STREAM_HEAD } from './raw-upstream.ts'
import { startTestGateway } from './test-gateway.ts'

/** All that comes on a connection until it is closed. */
async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', (data: Buffer) => (text += data.toString()))
  await once(socket, 'close')
  return text
}

test('what is no HTTP gets a plain 400, and is told to the operator', async () => {
  const gateway = await startTestGateway('http://127.0.0.1:1')
  const client = connectRaw(gateway.port)
  client.write('canary\r\n\r\n')
  expect(await readAll(client)).toBe('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  expect(gateway.refused).toEqual([{ status: 400, reason: 'HPE_INVALID_METHOD' }])
})

test('nothing is written into a response that has begun for it', async () => {
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
  })
  const gateway = await startTestGateway(upstream.url)
  const client = connectRaw(gateway.port)
  const received = readAll(client)
  client.write('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}')
  await once(client, 'data')
  client.write('canary\r\n\r\n')
  expect(await received).not.toContain('400')
  expect(gateway.refused).toEqual([{ status: 400, reason: 'HPE_INVALID_METHOD' }])
  expect(await gateway.record(1)).toMatchObject({ ending: 'client-gone' })
})

test('a client that closes its side within its upload is gone, and gets no 400', async () => {
  const gateway = await startTestGateway('http://127.0.0.1:1')
  const client = connectRaw(gateway.port)
  const received = readAll(client)
  client.end('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20\r\n\r\n{')
  expect(await received).toBe('')
  expect(await gateway.record(1)).toMatchObject({ ending: 'client-gone' })
  expect(gateway.refused).toEqual([])
})

test('a client that only leaves is nothing to be told of', async () => {
  const gateway = await startTestGateway('http://127.0.0.1:1')
  const client = connectRaw(gateway.port)
  await once(client, 'connect')
  client.write('GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(client, 'data')
  client.resetAndDestroy()
  await gateway.record(1)
  await gateway.stop()
  expect(gateway.refused).toEqual([])
})
