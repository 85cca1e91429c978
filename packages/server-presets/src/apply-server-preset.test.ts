import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { applyServerPreset } from './apply-server-preset.ts'

test('loopback keeps idle connections for ten minutes and never cuts a silent one', () => {
  const server = createServer()
  applyServerPreset(server, 'loopback')
  expect(server).toMatchObject({
    keepAliveTimeout: 600_000,
    headersTimeout: 60_000,
    requestTimeout: 300_000,
    timeout: 0,
  })
})

test('a preset of numbers is set as it is', () => {
  const server = createServer()
  applyServerPreset(server, { keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 20_000 })
  expect(server).toMatchObject({ keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 20_000 })
})
