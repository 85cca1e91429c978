import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Trace } from '@stopbit/traces'
import { expect, onTestFinished, test } from 'vitest'
import { loadTraces } from '../../load-traces.ts'
import type { Manifest } from '../../manifest.ts'
import { readManifest, type Target } from '../../read-manifest.ts'
import { Stage } from '../stage.ts'
import { startTarget, TargetStartError, type TargetProcess } from '../target-process.ts'
import { choosePort } from './choose-port.ts'
import { planTrace } from './plan-trace.ts'
import { checkPrograms } from './read-versions.ts'

const UPSTREAM = 'http://127.0.0.1:9'
const timing = { scale: 0.05, graceMs: 1_500, timeoutMultiplier: 1 }
const base = {
  implementation: { organization: 'x', project: 'probe', version: '1' },
  dialects: { 'anthropic-messages': { path: '/' } },
  mode: 'passthrough',
  features: [],
  environment: ['STOPBIT_UPSTREAM_URL', 'STOPBIT_LISTEN_PORT', 'STOPBIT_IDLE_TIMEOUT_MS'],
}
/** Listens, and writes what it was told beside itself. */
const PROGRAM = `
import { createServer } from 'node:net'
import { writeFileSync } from 'node:fs'
const server = createServer().listen(Number(process.env.STOPBIT_LISTEN_PORT), '127.0.0.1', () => {
  console.log('STOPBIT_READY ' + JSON.stringify({ port: server.address().port }))
})
writeFileSync('told.json', JSON.stringify({ argv: process.argv.slice(2), pid: process.pid }))
process.once('SIGTERM', () => process.exit(0))
`

function traceOf(id: string, change: Partial<Trace> = {}): Trace {
  const [file] = loadTraces([id])
  if (file === undefined) throw new Error(`no trace ${id}`)
  return { ...file.trace, ...change }
}

/** A folder with a manifest and files, read as a target. */
function targetOf(manifest: object, files: Readonly<Record<string, string>> = {}): Target {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'probe.json'), JSON.stringify({ ...base, ...manifest }))
  return readManifest(join(folder, 'probe.json'))
}

async function start(target: Target, upstreamUrl = UPSTREAM): Promise<TargetProcess> {
  const started = await startTarget(
    target,
    new Stage(traceOf('anthropic/silent-stall'), timing, undefined),
    upstreamUrl,
  )
  onTestFinished(() => started.stop())
  return started
}

function toldTo({ cwd }: Target): { readonly argv: readonly string[]; readonly pid: number } {
  return JSON.parse(readFileSync(join(cwd, 'told.json'), 'utf8')) as ReturnType<typeof toldTo>
}

test('a template is filled into a folder of its own, which goes with the process', async () => {
  const template =
    '{{STOPBIT_UPSTREAM_HOST}} {{STOPBIT_UPSTREAM_PORT}} {{ STOPBIT_IDLE_TIMEOUT_MS }} {{STOPBIT_IDLE_TIMEOUT_S}} {{DIR}}'
  const target = targetOf(
    {
      target: {
        command: ['node', 'program.mjs', '$DIR/x.conf'],
        configTemplate: { from: 'x.tpl', to: '$DIR/x.conf' },
        versions: ['node', '--version'],
      },
      ready: { by: 'stdout-line' },
    },
    { 'program.mjs': PROGRAM, 'x.tpl': template },
  )
  const started = await start(target)
  const [file = ''] = toldTo(target).argv
  const idleMs = Number(readFileSync(file, 'utf8').split(' ')[2])
  expect(readFileSync(file, 'utf8')).toBe(`127.0.0.1 9 ${idleMs} ${idleMs / 1000} ${join(file, '..')}`)
  expect(idleMs).toBeGreaterThan(1)
  expect(started.versions).toEqual({ probe: process.versions.node })
  await started.stop()
  expect(existsSync(join(file, '..'))).toBe(false)
  expect(started.exited()).toBe('exit code 0')
})

test('a template with a placeholder that cannot be filled is refused, with its line', () => {
  const command = { command: ['x'], configTemplate: { from: 'x.tpl', to: '$DIR/x.conf' } }
  expect(() => targetOf({ target: command, ready: { by: 'tcp' } }, { 'x.tpl': 'a\n{{STOPBIT_HEARTBEAT_MS}}' })).toThrow(
    'target.configTemplate: x.tpl: line 2: {{STOPBIT_HEARTBEAT_MS}} is no variable that "environment" lists',
  )
})

test('a program that is not there is told with the line that installs it', async () => {
  const target = targetOf({
    target: { command: ['no-such-program'], versions: ['no-such-program', '-v'], install: 'apt-get install no-such' },
    ready: { by: 'tcp' },
  })
  const sentence = 'there is no program "no-such-program"; to install it: apt-get install no-such'
  await expect(checkPrograms([target])).rejects.toThrow(`probe: ${sentence}`)
  await expect(start(target)).rejects.toThrow(TargetStartError)
  await expect(start(target)).rejects.toThrow(sentence)
})

test('a process that is reused serves all that tell it the same, and a new one the rest', async () => {
  const port = await choosePort('127.0.0.1')
  const target = targetOf(
    {
      target: { command: ['node', 'program.mjs'], isolation: 'reused', upstreamPort: port },
      ready: { by: 'stdout-line' },
    },
    { 'program.mjs': PROGRAM },
  )
  const url = `http://127.0.0.1:${port}`
  const first = await start(target, url)
  const { pid } = toldTo(target)
  onTestFinished(() => void process.kill(pid, 'SIGKILL'))
  await first.stop()
  expect(await start(target, url)).toMatchObject({ port: first.port, canary: first.canary })
  const other = new Stage(traceOf('anthropic/silent-stall', { limits: { idleTimeoutMs: 40_000 } }), timing, undefined)
  const second = await startTarget(target, other, url)
  const { pid: secondPid } = toldTo(target)
  onTestFinished(() => void process.kill(secondPid, 'SIGKILL'))
  expect(secondPid).not.toBe(pid)
  expect(second.port).not.toBe(first.port)
  await expect(start(target)).rejects.toThrow(
    `the target has its upstream at port ${port}, and this trace has it elsewhere`,
  )
})

test('a process that is reused does not keep the runner from ending, and ends with it', async () => {
  const target = targetOf(
    {
      target: { command: ['node', 'program.mjs'], isolation: 'reused', upstreamPort: 9 },
      ready: { by: 'stdout-line' },
    },
    { 'program.mjs': PROGRAM },
  )
  const script = `
    const { startTarget } = await import(${JSON.stringify(new URL('../target-process.ts', import.meta.url).href)})
    const { Stage } = await import(${JSON.stringify(new URL('../stage.ts', import.meta.url).href)})
    const stage = new Stage({ upstream: { connections: [] } }, ${JSON.stringify(timing)})
    const { port } = await startTarget(${JSON.stringify(target)}, stage, '${UPSTREAM}')
    console.log(port)
  `
  const args = ['--conditions=@stopbit/source', '--input-type=module', '--eval', script]
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void runner.kill('SIGKILL'))
  let port = ''
  runner.stdout.on('data', (bytes: Buffer) => (port += bytes.toString()))
  expect(await once(runner, 'close')).toEqual([0, null])
  expect(port).toMatch(/^\d+\n$/)
  await expect.poll(() => isOpen(Number(port))).toBe(false)
})

/** A process whose parent has ended may stay as a zombie, which no longer listens. */
async function isOpen(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port })
  onTestFinished(() => void socket.destroy())
  return once(socket, 'connect').then(
    () => true,
    () => false,
  )
}

test('a module is started in this process, and stopped', async () => {
  const module = `
    import { createServer } from 'node:net'
    export default async (environment) => {
      const server = createServer()
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
      const stop = () => new Promise((resolve) => server.close(() => resolve()))
      return { port: server.address().port, versions: { told: environment.STOPBIT_UPSTREAM_URL + environment.OWN }, stop }
    }
  `
  const started = await start(targetOf({ target: { module: 'x.mjs', env: { OWN: '!' } } }, { 'x.mjs': module }))
  expect(started.versions).toEqual({ told: `${UPSTREAM}!` })
  await started.stop()
  expect(started.exited()).toBe('stopped')
})

test('a target that runs already is taken as it is, in front of its own upstream alone', async () => {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const target = targetOf({ target: { url: `http://127.0.0.1:${port}`, upstreamPort: 9 }, environment: [] })
  expect(await start(target)).toMatchObject({ port })
  await expect(start(target, 'http://127.0.0.1:10')).rejects.toThrow('the target has its upstream at port 9')
})

test('planTrace() plays a silence at scale 1 where the limit is fixed in the target, or says why not', () => {
  const stall = traceOf('anthropic/silent-stall')
  const manifest = (change: object): Manifest => ({
    ...targetOf({ target: { module: 'x.mjs' } }, { 'x.mjs': '' }).manifest,
    ...change,
  })
  expect(planTrace(stall, manifest({}))).toEqual({ play: stall, scale: 0.05 })
  const deaf = { environment: ['STOPBIT_UPSTREAM_URL', 'STOPBIT_LISTEN_PORT'] }
  expect(planTrace(stall, manifest(deaf))).toMatchObject({
    why: { verdict: 'not-tested', because: 'the target does not take STOPBIT_IDLE_TIMEOUT_MS' },
  })
  expect(planTrace(stall, manifest({ ...deaf, limits: { idleTimeoutMs: 5_000 } }))).toMatchObject({
    play: { limits: { idleTimeoutMs: 5_000 } },
    scale: 1,
  })
  expect(planTrace(stall, manifest({ ...deaf, limits: { idleTimeoutMs: 300_000 } }))).toMatchObject({
    why: {
      because: expect.stringMatching(
        /^takes 3\d\d s with the target's own idleTimeoutMs, allowed are 120 s$/,
      ) as unknown,
    },
  })
  const hosted = manifest({ target: { url: 'http://127.0.0.1:1', upstreamPort: 9 } })
  expect(planTrace(traceOf('anthropic/connect-refused'), hosted)).toMatchObject({ why: { verdict: 'not-tested' } })
})
