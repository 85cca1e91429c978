import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runSample, startSample } from './samples/start-sample.ts'

const samples = join(import.meta.dirname, '../samples/start')

/** What `node --test` says of the sample that is a test, with the proxy that lies beside it. */
async function holdProxy(folder: string): Promise<{ code: number; output: string }> {
  const file = join(folder, 'keeps-it-fixed.ts')
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=@stopbit/source', '--test', file],
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, output: stdout + stderr })
      },
    )
    onTestFinished(() => void child.kill('SIGKILL'))
  })
}

test('the test that readers copy passes with Stopbit', async () => {
  const { code, output } = await holdProxy(samples)
  expect(output).toMatch(/\bpass 1\b/)
  expect(code).toBe(0)
})

/** As most relays do it: with `pipe`, and with `destroy` when the API's connection dies. */
const NAIVE = `
import { createServer, request as ask } from 'node:http'
export function createProxy(api) {
  return createServer((request, response) => {
    const { method, url: path, headers } = request
    const call = ask(api, { method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.on('error', (error) => response.destroy(error)).pipe(response)
    })
    call.on('error', () => response.destroy())
    request.pipe(call)
  })
}`

test('the test that readers copy fails with a relay that destroys the socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  copyFileSync(join(samples, 'keeps-it-fixed.ts'), join(folder, 'keeps-it-fixed.ts'))
  writeFileSync(join(folder, 'proxy.ts'), NAIVE)
  const { code, output } = await holdProxy(folder)
  expect(output).toMatch(/TypeError: terminated/)
  expect(code).toBe(1)
})

test('the stand-in for an API breaks off as its page says, and a proxy in front of it ends the answer', async () => {
  const api = await startSample('start/cut-api.ts', {})
  const bare = await runSample('start/ask.ts', { ANTHROPIC_BASE_URL: api.url }).ended
  expect(bare).toMatch(/"text":"Hello"[^]*-- TypeError: terminated/)

  const proxy = await startSample('finalize-or-destroy/node.ts', { API_URL: api.url })
  const answer = await runSample('start/ask.ts', { ANTHROPIC_BASE_URL: proxy.url }).ended
  expect(answer).toMatch(/"text":"Hello"[^]*event: error[^]*-- the response has ended/)
  expect(answer).not.toMatch(/content_blo\n/)
})
