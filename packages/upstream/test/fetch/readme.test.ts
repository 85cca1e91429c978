import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listen } from '../http-upstream.ts'

test('the example of the README over fetch reports an answer', async () => {
  const server = createServer((_request, response) => void response.end('{}'))
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  const port = await listen(server)
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [, example = ''] = /```ts\n([^`]*@stopbit\/upstream\/fetch[^`]*)```/.exec(readme) ?? []
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
  const file = fileURLToPath(new URL('./readme-example.generated.ts', import.meta.url))
  writeFileSync(file, example.replace('https://api.anthropic.com', `http://127.0.0.1:${port}`))
  onTestFinished(() => rmSync(file))
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  onTestFinished(() => log.mockRestore())
  await import(/* @vite-ignore */ file)
  await expect.poll(() => log.mock.calls).toEqual([['head', 200], ['bytes', 2], ['end']])
})
