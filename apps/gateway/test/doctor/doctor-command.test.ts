import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startNginx } from './nginx.ts'

const PROGRAM = ['--conditions=@stopbit/source', join(import.meta.dirname, '../../src/main.ts')]

/** Runs the command line to its end. */
function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...PROGRAM, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

/** Starts `stopbit probe`, and answers its port. Ended by SIGTERM, which it has to survive with 0. */
async function startProbe(): Promise<number> {
  const child = spawn(process.execPath, [...PROGRAM, 'probe', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return (JSON.parse(line.replace('STOPBIT_READY ', '')) as { port: number }).port
}

test(
  'stopbit doctor exits with 0 on a good path, with 1 on a bad one, and says what to change',
  { timeout: 30_000 },
  async () => {
    const port = await startProbe()
    const times = ['--silence', '0.2,1.5', '--gap', '0.2', '--timeout', '3']
    const good = await run('doctor', '--probe', `http://127.0.0.1:${port}`, ...times)
    expect(good.stdout).toContain('ok     silence     A stream that is silent for 200 ms and 1.5 s lives on.')
    expect(good.stdout).toContain('Nothing was found.')
    expect(good.code).toBe(0)

    const bad = await run('doctor', '--probe', await startNginx(port, 'proxy_read_timeout 1s;'), ...times)
    expect(bad.stdout).toMatch(/FOUND  buffering {3}Events are held back on the path/)
    expect(bad.stdout).toContain('→ nginx: set `proxy_buffering off;`')
    expect(bad.stdout).toContain('→ nginx: set `proxy_read_timeout 600s;`')
    expect(bad.stdout).toContain('2 things were found')
    expect(bad.code).toBe(1)
  },
)

test('stopbit doctor --json is one object, with the exit status of what was found', { timeout: 30_000 }, async () => {
  const { code, stdout } = await run('doctor', '--upstream', 'http://127.0.0.1:1', '--json')
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    found: 1,
    checks: [{ name: 'dns' }, { name: 'connection', verdict: 'found' }, { name: 'headers', verdict: 'skipped' }],
  })
})

test('wrong usage is 2, and a key in a URL is refused and not repeated', { timeout: 30_000 }, async () => {
  expect(await run('doctor')).toMatchObject({ code: 2 })
  expect(await run('doctor', '--upstream', 'http://127.0.0.1', '--silence', '-1')).toMatchObject({ code: 2 })
  expect(await run('doctor', '--probe', 'ftp://x')).toMatchObject({ code: 2 })
  expect(await run('probe', '--port', 'x')).toMatchObject({ code: 2 })
  const secret = await run('doctor', '--upstream', 'https://api.example/?key=canary')
  expect(secret.code).toBe(2)
  expect(secret.stderr + secret.stdout).not.toContain('canary')
})
