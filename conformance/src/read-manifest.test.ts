import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ManifestError } from './manifest-error.ts'
import { parseManifest, readManifest } from './read-manifest.ts'

const FILE = 'targets/x.json'
const sound = JSON.parse(readFileSync(new URL('../targets/reference.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>

function messageOf(change: object): string {
  try {
    parseManifest(JSON.stringify({ ...sound, ...change }), FILE)
  } catch (error) {
    expect(error).toBeInstanceOf(ManifestError)
    return (error as Error).message
  }
  throw new Error('parseManifest() took it')
}

test.each([
  ['an unknown key', { colour: 1 }, 'unknown key "colour"'],
  [
    'an unknown variable',
    { environment: ['STOPBIT_NOPE'] },
    'environment[0]: is no variable of the contract (CONTRACT.md)',
  ],
  [
    'a list without the upstream',
    { environment: ['STOPBIT_LISTEN_PORT'] },
    'environment: every target understands STOPBIT_UPSTREAM_URL and',
  ],
  [
    'a fixed variable of the runner',
    { target: { command: ['x'], env: { STOPBIT_RETRY: '1' } } },
    'target.env.STOPBIT_RETRY',
  ],
  ['an empty command', { target: { command: [] } }, 'target.command'],
  ['an unknown readiness', { ready: { by: 'hope' } }, 'ready.by'],
  ['an unknown dialect', { dialects: { morse: { path: '/' } } }, 'dialects: unknown key "morse"'],
])('parseManifest() refuses %s, naming file, place and rule', (_, change, rule) => {
  expect(messageOf(change)).toContain(`${FILE}: ${rule}`)
})

test('readManifest() resolves the target against the manifest', () => {
  const target = readManifest('conformance/targets/reference.json')
  expect(target.name).toBe('reference')
  expect(target.cwd).toMatch(/conformance[/\\]targets$/)
})

test('readManifest() says when there is no file', () => {
  expect(() => readManifest('nowhere.json')).toThrow('nowhere.json: cannot be read')
})
