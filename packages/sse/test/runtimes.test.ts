import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build, stop } from 'esbuild'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import workerdBinary from 'workerd'
import { runChecks, type CheckReport } from './portable/run-checks.ts'

const run = promisify(execFile)
const here = fileURLToPath(new URL('.', import.meta.url))
const bin = (name: string): string => join(here, '../node_modules/.bin', name)
const folder = mkdtempSync(join(tmpdir(), 'stopbit-runtimes-'))
let inNode: CheckReport

beforeAll(async () => {
  await build({
    entryPoints: ['print-checks.ts', 'worker.ts'].map((file) => join(here, 'portable', file)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['@stopbit/source'],
  })
  inNode = await runChecks()
}, 60_000)
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await stop()
})

test('Node: every check holds', () => {
  expect(inNode.failures).toEqual([])
  expect(inNode.checks).toBeGreaterThan(5_000)
})

test.each([
  ['Deno', 'deno', ['run', '--no-remote', '--no-lock', '--no-config']],
  ['Bun', 'bun', []],
])('%s: the same checks with the same bytes', { timeout: 60_000 }, async (_name, command, args) => {
  const { stdout } = await run(bin(command), [...args, join(folder, 'print-checks.mjs')], {
    env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' },
  })
  expect(JSON.parse(stdout)).toEqual(inNode)
})

test('workerd: the same checks with the same bytes', { timeout: 60_000 }, async () => {
  const port = await freePort()
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.mjs")],
    compatibilityDate = "2026-01-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);`,
  )
  const workerd = spawn(workerdBinary, ['serve', join(folder, 'config.capnp')], { stdio: 'ignore' })
  onTestFinished(() => void workerd.kill())
  const ask = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}`)).json()
  await expect.poll(ask, { timeout: 50_000, interval: 200 }).toEqual(inNode)
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
