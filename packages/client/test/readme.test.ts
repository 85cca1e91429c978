import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { chunk, LAST_CHUNK, startRawUpstream, STREAM_HEAD } from './raw-upstream.ts'
import { ANTHROPIC, CHAT, GEMINI, RESPONSES } from './streams.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const EXAMPLES = [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)

test('there are five examples, of at most 15 lines each', () => {
  expect(EXAMPLES).toHaveLength(5)
  for (const example of EXAMPLES) expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
})

test.each([
  ["from '@anthropic-ai/sdk'", ANTHROPIC, ''],
  ["from 'openai'", RESPONSES, '/v1'],
  ["from 'ai'", ANTHROPIC, '/v1'],
  ["from '@google/genai'", GEMINI, ''],
  ['response.body', CHAT, ''],
])('the example with %s prints the answer', async (text, stream, basePath) => {
  const upstream = await startRawUpstream(({ socket }) => {
    socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(stream.events.join('')), Buffer.from(LAST_CHUNK)]))
  })
  for (const api of ['ANTHROPIC', 'OPENAI', 'GOOGLE', 'GEMINI']) vi.stubEnv(`${api}_API_KEY`, 'test')
  vi.stubEnv('ANTHROPIC_BASE_URL', upstream.url + basePath)
  vi.stubEnv('OPENAI_BASE_URL', upstream.url + basePath)
  vi.stubEnv('GOOGLE_GEMINI_BASE_URL', upstream.url)
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const written: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((data) => {
    written.push(typeof data === 'string' ? data : new TextDecoder().decode(data))
    return true
  })
  onTestFinished(() => void vi.restoreAllMocks())
  const example = EXAMPLES.find((code) => code.includes(text)) ?? expect.fail('there is no such example')
  const file = fileURLToPath(new URL(`./readme-${text.replaceAll(/\W/g, '')}.generated.ts`, import.meta.url))
  writeFileSync(file, `${example.replace('https://api.openai.com', upstream.url)}export {}\n`)
  onTestFinished(() => rmSync(file))
  await import(/* @vite-ignore */ file)
  expect(written.join('')).toContain(stream === CHAT ? stream.events.join('') : 'Half an answer 👋')
  expect(upstream.requests).toHaveLength(1)
})
