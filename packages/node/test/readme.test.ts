import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'

test('the example of the README relays an answer and logs how it ended', async () => {
  const upstream = createServer(
    (_request, response) => void response.setHeader('content-type', 'application/json').end('{}'),
  )
  const listening = await listen(upstream)
  onTestFinished(() => upstream.closeAllConnections())
  onTestFinished(() => void upstream.close())

  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const runnable = example
    .replace('https://api.anthropic.com', `http://127.0.0.1:${listening}`)
    .replace("server.listen(4141, '127.0.0.1')", 'export { server, handler }')
  expect(runnable).not.toContain('4141')
  const file = fileURLToPath(new URL('./readme-example.generated.ts', import.meta.url))
  writeFileSync(file, runnable)
  onTestFinished(() => rmSync(file))

  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const { server, handler } = (await import(/* @vite-ignore */ file)) as {
    server: Server
    handler: { close(): Promise<void> }
  }
  const port = await listen(server)
  onTestFinished(() => void server.close())
  onTestFinished(() => handler.close())
  const response = await fetch(`http://127.0.0.1:${port}/v1/messages`, { method: 'POST', body: '{}' })
  expect(await response.json()).toEqual({})
  await expect.poll(() => log.mock.calls).toEqual([['completed', 'no fault']])
})

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
