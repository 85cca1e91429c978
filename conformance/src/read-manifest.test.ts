import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ManifestError } from './manifest-error.ts'
import { parseManifest, readManifest, type Target } from './read-manifest.ts'
import { manifestFiles } from './run-matrix.ts'

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
  ['no way to reach the target', { target: { cwd: '.' } }, 'target: needs exactly one of command, url, module'],
  ['two ways to reach it', { target: { command: ['x'], url: 'http://127.0.0.1:1' } }, 'target: needs exactly one of'],
  ['a command that nobody knows to be ready', { ready: undefined }, 'ready: is missing'],
  [
    'a configuration that is written beside $DIR',
    { target: { command: ['x'], configTemplate: { from: 'a', to: '$DIR/..' } } },
    'target.configTemplate.to: must be a file in $DIR/',
  ],
  [
    'a configuration that is not written to $DIR',
    { target: { command: ['x'], configTemplate: { from: 'a', to: '/etc/a' } } },
    'target.configTemplate.to: must be a file in $DIR/',
  ],
  [
    'a process that is reused in front of any port',
    { target: { command: ['x'], isolation: 'reused' } },
    'target.upstreamPort: a process that is reused needs one',
  ],
  [
    'a URL that the client cannot reach',
    { target: { url: 'https://example.org', upstreamPort: 1 }, ready: undefined, environment: [] },
    'target.url: must be http://127.0.0.1:PORT',
  ],
  [
    'a URL without the port of its upstream',
    { target: { url: 'http://127.0.0.1:1' }, ready: undefined, environment: [] },
    'target.upstreamPort: is missing',
  ],
  [
    'a URL that is told something',
    { target: { url: 'http://127.0.0.1:1', upstreamPort: 1 }, ready: undefined },
    'environment',
  ],
  ['a module that says how it gets ready', { target: { module: 'x.mjs' } }, 'unknown key "ready"'],
  ['a fixed limit that is none', { limits: { patienceMs: 1 } }, 'limits'],
  ['words without their source', { policy: { words: { text: 'We retry.' } } }, 'policy.words.url: is missing'],
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

test('readManifest() says when a file is missing that the manifest names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-manifest-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const read = (change: object): Target => {
    writeFileSync(join(folder, 'x.json'), JSON.stringify({ ...sound, ...change }))
    return readManifest(join(folder, 'x.json'))
  }
  const template = { from: 'x.tpl', to: '$DIR/x.conf' }
  expect(() => read({ target: { command: ['x'], configTemplate: template } })).toThrow('x.tpl: cannot be read')
  expect(() => read({ target: { module: 'x.mjs' }, ready: undefined })).toThrow(
    'x.json: target.module: there is no file x.mjs',
  )
})

test('readManifest() takes a manifest of any name, and none for its own list of known failures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-manifest-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'proxy.manifest')
  writeFileSync(file, JSON.stringify(sound))
  expect(readManifest(file)).toMatchObject({ name: 'proxy.manifest', knownFailing: [] })
  writeFileSync(`${file}.known-failing.json`, '{"entries":1}')
  expect(() => readManifest(file)).toThrow('proxy.manifest.known-failing.json: entries')
})

test('every manifest of third parties is sound, and says what it is and which configuration it has', () => {
  const targets = manifestFiles([], 'third-party').map(readManifest)
  expect(targets.length).toBe(9)
  for (const { manifest } of targets) {
    expect(manifest.implementation.about).toMatch(/\.$/)
    expect(manifest.implementation.url).toMatch(/^https:/)
  }
})
