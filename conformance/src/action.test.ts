import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SCRIPT = join(ROOT, '.github/action/run-suite.sh')
const FILES = ['action.yml', ...globSync('.github/workflows/*.yml', { cwd: ROOT })]

/** The lines of every `run:`, also of those that go on below it. */
function runLines(yaml: string): string[] {
  const found: string[] = []
  let depth: number | undefined
  for (const line of yaml.split('\n')) {
    const indent = /^[\s-]*/.exec(line)?.[0].length ?? 0
    if (depth !== undefined && line.trim() !== '' && indent <= depth) depth = undefined
    if (depth !== undefined) found.push(line)
    if (!/^[\s-]*run:/.test(line)) continue
    depth = indent
    found.push(line)
  }
  return found
}

test.each(FILES)('%s splices nothing into a shell line', (file) => {
  const lines = runLines(readFileSync(join(ROOT, file), 'utf8'))
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.filter((line) => line.includes('${{'))).toEqual([])
})

test('the check above sees what is spliced, on the line and below it', () => {
  const yaml =
    'steps:\n  - run: a ${{ inputs.x }}\n  - name: y\n    run: |\n      b ${{ inputs.x }}\n    env:\n      C: ${{ inputs.x }}\n'
  expect(runLines(yaml).filter((line) => line.includes('${{'))).toEqual([
    '  - run: a ${{ inputs.x }}',
    '      b ${{ inputs.x }}',
  ])
})

test.each(FILES)('%s pins what it uses of others by commit', (file) => {
  const used = readFileSync(join(ROOT, file), 'utf8').match(/uses: .*/g) ?? []
  expect(used.filter((line) => !/@[0-9a-f]{40} # v\d/.test(line))).toEqual([])
})

test('every input of the action reaches the script, and the script reads no other', () => {
  const yaml = readFileSync(join(ROOT, 'action.yml'), 'utf8')
  const inputs = [...yaml.matchAll(/(INPUT_\w+): \$\{\{ inputs\.([\w-]+) \}\}/g)]
  expect(inputs.map(([, name]) => name)).toEqual(
    inputs.map(([, , input]) => `INPUT_${input?.replaceAll('-', '_').toUpperCase()}`),
  )
  const read = new Set(readFileSync(SCRIPT, 'utf8').match(/INPUT_\w+/g))
  expect([...read].toSorted()).toEqual(inputs.map(([, name]) => name).toSorted())
})

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly folder: string
  /** What `npx` was started with; undefined if it was not. */
  readonly npx: readonly string[] | undefined
}

/** Runs the script with an `npx` that notes its arguments and ends with `code`. */
function runScript(inputs: Readonly<Record<string, string>>, code = 0): Ran {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-action-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'bin'))
  const stub = `printf '%s\\0' "$@" >arguments\nprintf '# Summary\\n' >"$7/summary.md"\nexit ${code}\n`
  writeFileSync(join(folder, 'bin/npx'), `#!/bin/sh\n${stub}`)
  chmodSync(join(folder, 'bin/npx'), 0o755)
  for (const file of ['target.json', '$(touch pwned) `touch pwned`; touch pwned.json', 'known.json'])
    writeFileSync(join(folder, file), '{}')
  const { status, stdout, stderr } = spawnSync(SCRIPT, [], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'step-summary'),
      ...inputs,
    },
  })
  expect(stderr).toBe('')
  expect(existsSync(join(folder, 'pwned'))).toBe(false)
  const noted = join(folder, 'arguments')
  const npx = existsSync(noted) ? readFileSync(noted, 'utf8').split('\0').slice(0, -1) : undefined
  return { code: status, stdout, folder, npx }
}

test('the script hands every input on as one argument, whatever it holds', () => {
  const manifest = '$(touch pwned) `touch pwned`; touch pwned.json'
  const { code, npx, folder } = runScript({
    INPUT_MANIFEST: manifest,
    INPUT_PROFILE: 'core,\n$(touch pwned)',
    INPUT_RELEASE: '2026.1; touch pwned',
    INPUT_REPEAT: '3',
    INPUT_SCALE: '0.1',
    INPUT_SUITE_VERSION: '1.2.3',
    INPUT_KNOWN_FAILING: 'known.json',
  })
  expect(code).toBe(0)
  const report = npx?.[6] ?? ''
  expect(report).toMatch(/[/\\]stopbit-conformance\.\w{6}$/)
  expect(report.startsWith(folder)).toBe(true)
  expect(npx?.slice(0, 3)).toEqual(['--yes', '@stopbit/conformance@1.2.3', 'run'])
  expect(npx?.slice(3, 9)).toEqual(['--target', manifest, '--report', report, '--repeat', '3'])
  expect(npx?.slice(9, 13)).toEqual(['--profile', 'core', '$(touch', 'pwned)'])
  expect(npx?.slice(13)).toEqual(['--release', '2026.1; touch pwned', '--scale', '0.1'])
  expect(existsSync(join(folder, manifest.replace('.json', '.known-failing.json')))).toBe(true)
})

test.each([
  [0, 'conforming'],
  [1, 'not-conforming'],
  [2, 'inconclusive'],
])('exit code %i of the suite is the result %s, and the exit code of the script', (suiteCode, result) => {
  const { code, folder, npx } = runScript({ INPUT_MANIFEST: 'target.json', ACTION_REF: 'v2.0.1' }, suiteCode)
  expect(code).toBe(suiteCode)
  expect(npx?.[1]).toBe('@stopbit/conformance@2.0.1')
  const report = npx?.[6] ?? ''
  expect(readFileSync(join(folder, 'output'), 'utf8')).toBe(
    `result=${result}\nbadge=${report}/badge.json\nreport=${report}\n`,
  )
  expect(readFileSync(join(folder, 'step-summary'), 'utf8')).toBe('# Summary\n')
})

test.each([
  ['no manifest', {}, 'the input "manifest" is empty'],
  ['a manifest that is not there', { INPUT_MANIFEST: 'nope.json' }, 'there is no file at the input "manifest"'],
  ['no version', { INPUT_MANIFEST: 'target.json', ACTION_REF: 'main' }, 'the input "suite-version" is needed'],
  [
    'an option in place of a profile',
    { INPUT_MANIFEST: 'target.json', INPUT_SUITE_VERSION: '1.2.3', INPUT_PROFILE: 'core --sabotage skip-fault' },
    'the input "profile" has a name that begins with "-"',
  ],
  [
    'a version that is none',
    { INPUT_MANIFEST: 'target.json', INPUT_SUITE_VERSION: '1 --x' },
    '"suite-version" is no version',
  ],
])('the script refuses %s, and starts nothing', (_, inputs, sentence) => {
  const { code, stdout, npx } = runScript(inputs)
  expect(stdout).toMatch(/^::error::Cannot run the suite/)
  expect(stdout).toContain(sentence)
  expect([code, npx]).toEqual([2, undefined])
})
