import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { json, startRawUpstream } from './sockets.ts'

const EXAMPLES = [...readFileSync(new URL('../README.md', import.meta.url), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]

test.each([
  ['node:http', '/v1/messages', ['completed', 'no fault']],
  ['Express', '/anthropic/v1/messages', ['completed', 'well used']],
])('the example of the README for %s relays an answer and logs how it ended', async (name, path, logged) => {
  const url = await startRawUpstream(async ({ socket, until }) => {
    const head = await until(/\r\n\r\n/)
    socket.end(json(head.startsWith('POST /v1/messages HTTP/1.1') ? 200 : 404, { name }))
  })
  const [, example = ''] = EXAMPLES[name === 'Express' ? 1 : 0] ?? []
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(15)
  const runnable = `${example.replace('https://api.anthropic.com', url.href).replace('4141', '0')}\nexport { server, handler }\n`
  const file = fileURLToPath(new URL(`./readme-${name.replace(':', '-')}.generated.ts`, import.meta.url))
  writeFileSync(file, runnable)
  onTestFinished(() => rmSync(file))

  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  onTestFinished(() => log.mockRestore())
  const { server, handler } = (await import(/* @vite-ignore */ file)) as {
    server: Server
    handler: { close(): Promise<void> }
  }
  onTestFinished(() => handler.close())
  const port = await listening(server)
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: '{}' })
  expect(await response.json()).toEqual({ name })
  await expect.poll(() => log.mock.calls).toEqual([logged])
})

async function listening(server: Server): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await expect.poll(() => server.listening).toBe(true)
  return (server.address() as AddressInfo).port
}
