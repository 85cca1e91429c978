import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

type Environment = Readonly<Record<string, string>>

const LAUNCH = fileURLToPath(new URL('../src/launch.ts', import.meta.url))
const UPSTREAM = { STOPBIT_UPSTREAM_URL: 'http://127.0.0.1:9', STOPBIT_LISTEN_PORT: '0' }
const limits = { timeout: 30_000 }

function start(args: readonly string[], environment: Environment): ChildProcess {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, ['--conditions=@stopbit/source', ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function portOf({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new Error('no stdout')
  for await (const line of createInterface(stdout)) {
    const ready = /^STOPBIT_READY (.*)$/.exec(line)?.[1]
    if (ready !== undefined) return (JSON.parse(ready) as { readonly port: number }).port
  }
  throw new Error('the target has ended')
}

/** Whether somebody accepts on the port. */
async function isOpen(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port })
  onTestFinished(() => void socket.destroy())
  return once(socket, 'connect').then(
    () => true,
    () => false,
  )
}

const PROGRAMS = ['bun', 'deno', 'workerd'].map((runtime) => [runtime, [LAUNCH, runtime, `edge-${runtime}`]] as const)

test.each(PROGRAMS)('SIGTERM ends %s, and its launcher with 0', limits, async (_runtime, args) => {
  const child = start(args, UPSTREAM)
  const port = await portOf(child)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  await expect.poll(() => isOpen(port)).toBe(false)
})

test.each(PROGRAMS)('%s does not outlive a launcher that is killed', limits, async (_runtime, args) => {
  const child = start(args, UPSTREAM)
  const port = await portOf(child)
  child.kill('SIGKILL')
  await expect.poll(() => isOpen(port)).toBe(false)
})

const NODE = fileURLToPath(new URL('../src/node.ts', import.meta.url))

test.each([
  ['node', [NODE], { STOPBIT_NOPE_MS: '1' }, 'Cannot use STOPBIT_NOPE_MS: this target has no such option\n'],
  [
    'node',
    [NODE],
    { STOPBIT_IDLE_TIMEOUT_MS: '1.5' },
    'Cannot use STOPBIT_IDLE_TIMEOUT_MS: must be a whole number of milliseconds from 1 to 2147483647, got "1.5"\n',
  ],
  [
    'edge-workerd',
    [LAUNCH, 'workerd', 'edge-workerd'],
    { STOPBIT_CONNECT_TIMEOUT_MS: '1000' },
    'Cannot use STOPBIT_CONNECT_TIMEOUT_MS: this target has no such option\n',
  ],
])('%s refuses %o %o with exit code 2 and a sentence', limits, async (_name, args, wrong, sentence) => {
  const child = start(args, { ...UPSTREAM, ...wrong })
  let stderr = ''
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
  expect(await once(child, 'close')).toEqual([2, null])
  expect(stderr).toBe(sentence)
})
