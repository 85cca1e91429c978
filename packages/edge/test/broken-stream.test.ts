import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { ask, readBody } from './harness/client.ts'
import { RUNTIMES, startRuntime } from './harness/start-runtime.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test.each(RUNTIMES)('%s: controller.error() puts on the wire what the README says', async (name) => {
  const runtime = await startRuntime(name, { UPSTREAM_URL: 'http://127.0.0.1:1', REFUSED_URL: 'http://127.0.0.1:1' })
  onTestFinished(() => runtime.stop())
  const { received, how } = await ask(runtime.port, '/', { headers: { 'x-test-handler': 'bare-error' } }).over
  const { text, isWhole } = readBody(received)
  expect(received).toMatch(/^HTTP\/1.1 200 [^]*\r\ntransfer-encoding: chunked\r\n/i)
  expect(text).toMatch(/^(piece){2,3}$/)
  const [, ...cells] =
    new RegExp(`^\\| ${name}\\b.*`, 'm')
      .exec(README)?.[0]
      .split('|')
      .map((cell) => cell.trim()) ?? []
  const old = await ask(runtime.port, '/', { headers: { 'x-test-handler': 'bare-error' }, version: '1.0' }).over
  expect(cells.slice(1)).toEqual([
    isWhole ? 'complete' : 'incomplete',
    how === 'end' ? 'FIN' : 'RST',
    expect.stringMatching(/arrives|may be lost/),
    old.how === 'end' ? 'FIN, looks whole' : 'RST',
    '',
  ])
})
