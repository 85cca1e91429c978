import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { reservePort } from './reserve-port.ts'

test('reservePort() takes a port that refuses, is given to nobody else, and can be listened on later', async () => {
  const { port, release } = await reservePort()
  onTestFinished(release)
  const socket = createConnection({ host: '127.0.0.1', port })
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNREFUSED')

  const others = Array.from({ length: 300 }, () => createServer().listen(0, '127.0.0.1'))
  onTestFinished(() => others.forEach((server) => server.close()))
  await Promise.all(others.map(async (server) => await once(server, 'listening')))
  expect(others.map((server) => (server.address() as AddressInfo).port)).not.toContain(port)

  const own = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void own.close())
  await once(own, 'listening')
})
