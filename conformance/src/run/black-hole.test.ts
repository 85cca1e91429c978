import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { digBlackHole } from './black-hole.ts'

test('digBlackHole() takes a port on which connections are neither made nor refused, and gives it back', async () => {
  const hole = await digBlackHole()
  onTestFinished(hole.release)
  const socket = createConnection({ host: '127.0.0.1', port: hole.port })
  const failed = once(socket, 'error') // and not before
  expect(hole.holds()).toBe(true)
  expect(socket.connecting).toBe(true)
  await hole.release()
  await hole.release()
  const server = createServer().listen(hole.port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  socket.destroy(new Error('given up'))
  await failed
})
