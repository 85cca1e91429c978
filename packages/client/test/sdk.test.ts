import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScript } from './cases.ts'
import type { CaseResult } from './portable/read-case.ts'
import { answerWith, listen, refusedUrl, type OpenUpstream } from './raw-upstream.ts'
import { CALLERS } from './sdk-callers.ts'

// Real SDKs, bundled with this package, in each runtime. What they saw of every case is one line of JSON.
const bin = (name: string): string => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url))
const RUNTIMES: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['Node', process.execPath],
  ['Bun', bin('bun')],
  [
    'Deno',
    bin('deno'),
    'run',
    '--no-remote',
    '--no-lock',
    '--no-config',
    '-q',
    '--allow-env',
    '--allow-net',
    '--allow-sys',
    '--allow-read',
  ],
]
const RAW = /terminated|ECONN|socket|fetch failed|127\.0\.0\.1|reading a body|verbose/i

const folder = mkdtempSync(join(tmpdir(), 'stopbit-client-'))
const program = join(folder, 'program.mjs')

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./portable/main.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@stopbit/source'],
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  })
}, 30_000)
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await stop()
})

describe.each(RUNTIMES)('%s', (runtime, command, ...args) => {
  let upstream: OpenUpstream
  let results: readonly CaseResult[]

  beforeAll(async () => {
    upstream = await startUpstream()
    results = await run(command, [...args, program], { UPSTREAM_URL: upstream.url, REFUSED_URL: await refusedUrl() })
  }, 30_000)
  afterAll(() => upstream.close())

  describe.each(CALLERS.map((caller, number) => [caller.name, caller, number] as const))(
    '%s',
    (name, caller, number) => {
      const of = (wanted: CaseResult['name']): CaseResult => {
        const result = results.find((one) => one.caller === name && one.name === wanted)
        return result ?? expect.fail('the case was not run')
      }
      const requests = (wanted: CaseResult['name']): OpenUpstream['requests'] =>
        upstream.requests.filter(({ head }) => head.includes(` /${wanted}/${number}/`))

      test('healthy', () => {
        expect(of('healthy')).toEqual({
          caller: name,
          name: 'healthy',
          text: 'Half an answer 👋',
          toolRuns: 0,
          calls: [],
        })
      })

      test('cut before any data: the caller never learns, unless the API would keep a state of both', () => {
        const result = of('before-data')
        if (caller.isStateful === true) return expect(result.interrupted?.kind).toMatch(/^body-/)
        expect(result).not.toHaveProperty('thrown')
        expect(result).toMatchObject({ text: 'Half an answer 👋', calls: [expect.stringMatching(/^retry 2 body-/)] })
        expect(requests('before-data')).toHaveLength(2)
      })

      test('cut in the middle of the text: an error in words, and the text is kept', () => {
        const result = of('mid-text')
        expect(result).toMatchObject({
          text: 'Half ',
          interrupted: { kind: 'body-reset', receivedEvents: caller.stream.midText },
        })
        expect(result.thrown).not.toMatch(RAW)
        expect(requests('mid-text')).toHaveLength(1)
      })

      test.skipIf(caller.openTool === undefined)('cut in the middle of a tool call: it is never executed', () => {
        const result = of('tool')
        expect(result.interrupted?.kind).toMatch(/^body-/)
        expect(result).toMatchObject({ toolRuns: 0 })
        expect(result.thrown).not.toMatch(RAW)
        expect(requests('tool')).toHaveLength(1)
      })

      test('a clean end without the terminal event is an error', () => {
        expect(of('clean-end')).toMatchObject({ text: 'Half ', interrupted: { kind: 'body-truncated' } })
      })

      test('a stall is told, then ended', async () => {
        expect(of('stalled')).toMatchObject({ text: 'Half ', calls: ['stall'], interrupted: { kind: 'body-timeout' } })
        expect(of('stalled').interrupted?.message).toMatch(/^The model API fell silent/)
        await requests('stalled')[0]?.closed
      })

      // Deno says it in a text, which may be that of a second sending: there it counts as sent, and two may be.
      test('refused: the sentence, after three attempts; after two in Deno', () => {
        const { calls, interrupted, thrown } = of('refused')
        expect(interrupted?.message).toMatch(/^The model API did not accept a connection/)
        expect(thrown).not.toMatch(RAW)
        const inDeno = caller.isStateful === true ? 1 : 2
        const all = runtime === 'Deno' ? inDeno : 3
        expect(calls).toEqual(['retry 2 refused', 'retry 3 refused'].slice(0, all - 1))
      })

      test('aborted by the caller: no error of ours, and the API is let go', async () => {
        expect(of('aborted').thrown).toBeDefined()
        expect(of('aborted')).not.toHaveProperty('interrupted')
        await requests('aborted')[0]?.closed
      })
    },
  )
})

/** Plays the cases; `GET /has-half/<case>` opens the barrier of a case. */
async function startUpstream(): Promise<OpenUpstream> {
  const barriers = new Map<string, PromiseWithResolvers<void>>()
  const barrierOf = (path: string): PromiseWithResolvers<void> => {
    const barrier = barriers.get(path) ?? Promise.withResolvers<void>()
    barriers.set(path, barrier)
    return barrier
  }
  const script = createScript((path) => barrierOf(path).promise)
  return listen(async (request) => {
    const [, path] = /^GET \/has-half(\/\S+)/.exec(request.head) ?? []
    if (path === undefined) return script(request)
    barrierOf(path).resolve()
    request.socket.write(answerWith('200 OK', '{}'))
  })
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<readonly CaseResult[]> {
  const { PATH, HOME } = process.env
  const child = spawn(command, args, {
    env: { PATH, HOME, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 25_000,
    killSignal: 'SIGKILL',
  })
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)])
  const line = said.split('\n').find((one) => one.startsWith('RESULTS '))
  if (line === undefined) throw new Error(`The runtime has ended: ${said}${complained}`.slice(0, 5_000))
  return JSON.parse(line.slice('RESULTS '.length)) as readonly CaseResult[]
}
