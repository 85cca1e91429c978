import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { reportSchema } from '../report/report-schema.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const TARGETS = fileURLToPath(new URL('../../targets', import.meta.url))
const REFERENCE = join(TARGETS, 'reference.json')
const NODE = [process.execPath, '--conditions=@stopbit/source', MAIN] as const

async function conformance(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [command, ...own] = NODE
  return await new Promise((resolve) => {
    execFile(command, [...own, ...args], { timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

/** A manifest of a broken reference proxy, in a folder of its own. */
function brokenTarget(mutant: string): { readonly manifest: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-run-'))
  const manifest = JSON.parse(readFileSync(REFERENCE, 'utf8')) as { target: { env?: object } }
  const target = { ...manifest.target, cwd: TARGETS, env: { ...manifest.target.env, MUTANT: mutant } }
  writeFileSync(join(folder, 'broken.json'), JSON.stringify({ ...manifest, target }))
  return { manifest: join(folder, 'broken.json'), folder }
}

test.concurrent(
  'run --report writes all reports, and --replay runs the failed permutation alone',
  { timeout: 60_000 },
  async () => {
    const { manifest, folder } = brokenTarget('destroy-after-headers')
    const report = join(folder, 'reports')
    const first = await conformance('run', '--target', manifest, '--trace', 'anthropic/cut-in-text', '--report', report)
    expect(first.code).toBe(1)
    expect(first.stdout).toContain('claim: no claim: not all traces were run')
    const replays = readdirSync(report).filter((name) => name.endsWith('.replay.json'))
    const replay = replays.find((name) => name.startsWith('anthropic-cut-in-text-ending-rst'))
    expect(replay).toBeDefined()
    const second = await conformance('run', '--replay', join(report, replay ?? ''), '--json')
    expect(second.code).toBe(1)
    const { traces, target } = reportSchema.parse(JSON.parse(second.stdout))
    expect(target).toBe('broken')
    expect(traces.map(({ trace, base, state }) => [trace, base, state])).toEqual([
      ['anthropic/cut-in-text/ending:rst', 'anthropic/cut-in-text', 'red'],
    ])
    expect((await conformance('run', '--replay', join(report, replay ?? ''), '--target', REFERENCE)).code).toBe(0)
  },
)

test.concurrent('run --profile judges what belongs to the profile', { timeout: 60_000 }, async () => {
  const { code, stdout } = await conformance(
    'run',
    '--target',
    REFERENCE,
    '--trace',
    'rst-before-head',
    '--profile',
    'core',
    '--json',
  )
  const report = reportSchema.parse(JSON.parse(stdout))
  expect(code).toBe(0)
  expect(new Set(report.traces.flatMap(({ cells }) => cells.map(({ profile }) => profile)))).toEqual(new Set(['core']))
})

test.concurrent('matrix --report has a folder per target', { timeout: 60_000 }, async () => {
  const { manifest, folder } = brokenTarget('destroy-before-head')
  const report = join(folder, 'reports')
  const { code } = await conformance(
    'matrix',
    'reference',
    manifest,
    '--trace',
    'anthropic/rst-before-head',
    '--report',
    report,
  )
  expect(code).toBe(1)
  const exitCodes = ['reference', 'broken'].map(
    (name) => reportSchema.parse(JSON.parse(readFileSync(join(report, name, 'report.json'), 'utf8'))).exitCode,
  )
  expect(exitCodes).toEqual([0, 1])
})

test.concurrent.each([
  ['neither target nor replay', ['run'], 'Cannot run: --target FILE or --replay FILE is needed'],
  [
    'an unknown profile',
    ['run', '--target', REFERENCE, '--profile', 'nope'],
    'Cannot use profile nope: known are core, stream',
  ],
  ['an unknown release', ['run', '--target', REFERENCE, '--release', '1999.1'], 'Cannot use release 1999.1'],
  ['a replay that is not there', ['run', '--replay', 'nowhere.json'], 'nowhere.json: cannot be read as JSON'],
  ['a release that is none', ['freeze', 'next'], 'must be a release such as 2026.1'],
])('exits 2 for %s', { timeout: 60_000 }, async (_, args, message) => {
  const { code, stderr } = await conformance(...args)
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})

/** `script` gives a program a terminal; the numbers are those of util-linux, which CI and Debian have. */
const SCRIPT = '/usr/bin/script'
const onTerminal = test.runIf(existsSync(SCRIPT) && process.platform === 'linux')

onTerminal('on a real terminal Ctrl-C gives the cursor back', { timeout: 60_000 }, async () => {
  const command = [...NODE, 'run', '--target', REFERENCE, '--trace', 'silent-stall'].join(' ')
  const env = { ...process.env, NO_COLOR: '1' }
  const child = spawn(SCRIPT, ['-qefc', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  let shown = ''
  for await (const chunk of child.stdout) {
    const before = shown.includes('runs ')
    shown += String(chunk)
    if (!before && shown.includes('runs ')) child.stdin.write('\u0003')
  }
  expect(await ended).toBe(130)
  expect(shown).toContain('\u001B[?25l')
  expect(shown.lastIndexOf('\u001B[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001B[?25l'))
  expect(shown).not.toContain('\u001B[2m')
})
