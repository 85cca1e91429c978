import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A sample of the site that runs, as its reader would run it. */
export interface Sample {
  readonly child: ChildProcess
  readonly url: string
  /** Waits until what it wrote, to stdout or stderr, matches; rejects if it ends before. */
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>
  /** Waits for its end: everything that it wrote. */
  readonly ended: Promise<string>
}

/** Starts a program in `docs/samples` and waits until it says where it listens. Killed when the test is over. */
export async function startSample(file: string, env: Readonly<Record<string, string>>): Promise<Sample> {
  const { child, until, ended } = runSample(file, env)
  const [, port = ''] = await until(/\bport: (\d+)/)
  return { child, until, ended, url: `http://127.0.0.1:${port}` }
}

/** Runs a program in `docs/samples` that ends by itself. */
export function runSample(file: string, env: Readonly<Record<string, string>>): Omit<Sample, 'url'> {
  const path = fileURLToPath(new URL(`../../samples/${file}`, import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@stopbit/source', path], {
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  let isOver = false
  let wrote = Promise.withResolvers<void>()
  const wake = (): void => {
    wrote.resolve()
    wrote = Promise.withResolvers()
  }
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding('utf8').on('data', (text: string) => {
      output += text
      wake()
    })
  }
  const ended = once(child, 'close').then(() => {
    isOver = true
    wake()
    return output
  })
  return {
    child,
    ended,
    async until(pattern) {
      for (;;) {
        const match = pattern.exec(output)
        if (match !== null) return match
        if (isOver) throw new Error(`${file} ended before it wrote ${String(pattern)}:\n${output}`)
        await wrote.promise
      }
    },
  }
}
