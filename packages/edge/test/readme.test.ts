import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Hono } from 'hono'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { bin, bundle, DENO_ARGS, start, workerConfig, type Runtime } from './harness/start-runtime.ts'
import { answerWith, startUpstream, type Upstream } from './harness/upstream.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const EXAMPLES = [...README.matchAll(/```[jt]s\n([\s\S]*?)```/g)].map(([, code = '']) => code)

let upstream: Upstream
let target: string
beforeAll(async () => {
  upstream = await startUpstream()
  target = upstream.expect(({ socket }) => void socket.write(answerWith('{"id":"msg_1"}'))).target
})
afterAll(() => upstream.close())

test('there are five examples, of at most 15 lines each', () => {
  expect(EXAMPLES).toHaveLength(5)
  for (const example of EXAMPLES) expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
})

/** The example that has this in it, with the upstream of the test, on any port, as a file beside the tests. */
function exampleWith(text: string, name: string): string {
  const example = EXAMPLES.find((code) => code.includes(text)) ?? ''
  const runnable = example.replace('https://api.anthropic.com', upstream.url).replace('port: 4141', 'port: 0')
  expect(runnable).toContain(upstream.url)
  const file = fileURLToPath(new URL(`./readme-${name}.generated.ts`, import.meta.url))
  writeFileSync(
    file,
    runnable.replace('Bun.serve(', "console.log('READY', Bun.serve(").replace(/fetch: handler \}\)$/m, '$&.port)'),
  )
  onTestFinished(() => rmSync(file))
  return file
}

async function post(runtime: Runtime): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${runtime.port}${target}`, { method: 'POST', body: '{}' })
  return response.json()
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function run(file: string, name: 'Bun' | 'Deno' | 'workerd'): Promise<Runtime> {
  const folder = newFolder()
  const program = join(folder, 'program.mjs')
  await bundle(file, program, name)
  if (name === 'workerd') writeFileSync(join(folder, 'config.capnp'), workerConfig('program.mjs', {}))
  const commands = {
    Bun: [bin('bun'), [program]],
    Deno: [bin('deno'), [...DENO_ARGS, program]],
    workerd: [bin('workerd'), ['serve', '--control-fd=1', 'config.capnp']],
  } as const
  const runtime = await start(folder, commands[name][0], commands[name][1], {})
  onTestFinished(() => runtime.stop())
  return runtime
}

test('Workers: the example relays an answer, and logs how it ended', async () => {
  const runtime = await run(exampleWith('export default { fetch', 'workers'), 'workerd')
  expect(await post(runtime)).toEqual({ id: 'msg_1' })
  expect(await runtime.line((line) => line.includes('no fault'))).toContain('completed no fault')
})

test('Bun and Deno: the examples relay an answer', async () => {
  expect(await post(await run(exampleWith('Bun.serve', 'bun'), 'Bun'))).toEqual({ id: 'msg_1' })
  expect(await post(await run(exampleWith('Deno.serve', 'deno'), 'Deno'))).toEqual({ id: 'msg_1' })
})

test('a route handler: the example relays an answer', async () => {
  const route = (await import(/* @vite-ignore */ exampleWith('handler as POST', 'route'))) as {
    POST(request: Request, context: object): Promise<Response>
  }
  const request = new Request(`https://app.example${target}`, { method: 'POST', body: '{}' })
  expect(await (await route.POST(request, { params: Promise.resolve({}) })).json()).toEqual({ id: 'msg_1' })
})

test('Hono: the example relays an answer, with the headers of its middleware', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const { default: app } = (await import(/* @vite-ignore */ exampleWith("from 'hono'", 'hono'))) as { default: Hono }
  const response = await app.request(target, { method: 'POST', body: '{}', headers: { origin: 'https://app.example' } })
  expect(await response.json()).toEqual({ id: 'msg_1' })
  expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example')
})
