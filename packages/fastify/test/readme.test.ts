import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startRawUpstream } from './sockets.ts'

const EXAMPLES = [...readFileSync(new URL('../README.md', import.meta.url), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]

/** Runs the n-th example of the README in front of an upstream that answers what it was asked. */
async function run(n: number): Promise<(path: string, headers?: Record<string, string>) => Promise<Response>> {
  const url = await startRawUpstream(async ({ socket, until }) => {
    const [line = ''] = (await until(/\r\n\r\n/)).split('\r\n')
    const body = JSON.stringify({ line })
    socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  })
  const [, example = ''] = EXAMPLES[n] ?? []
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(15)
  const file = fileURLToPath(new URL(`./readme-${n}.generated.ts`, import.meta.url))
  const runnable = example
    .replace(/https:\/\/api\.\w+\.com/, url.href)
    .replace('4141', '0')
    .replace('logger: true', '')
  writeFileSync(file, `${runnable}\nexport { fastify }\n`)
  onTestFinished(() => rmSync(file))
  const { fastify } = (await import(/* @vite-ignore */ file)) as { fastify: FastifyInstance }
  onTestFinished(() => fastify.close())
  const { port } = fastify.server.address() as AddressInfo
  return (path, headers = {}) => fetch(`http://localhost:${port}${path}`, { method: 'POST', body: '{}', headers })
}

test('the first example of the README relays an answer and logs how it ended', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  onTestFinished(() => log.mockRestore())
  const send = await run(0)
  expect(await (await send('/anthropic/v1/messages')).json()).toEqual({ line: 'POST /v1/messages HTTP/1.1' })
  await expect.poll(() => log.mock.calls).toEqual([['completed', 'no fault']])
})

test('the second example of the README lets only its own clients through', async () => {
  const send = await run(1)
  expect((await send('/v1/responses')).status).toBe(401)
  expect((await send('/v1/responses', { authorization: 'Bearer mine' })).status).toBe(200)
})
