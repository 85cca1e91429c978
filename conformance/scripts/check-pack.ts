// Packs the suite as it would be published, installs it into an empty folder and runs it there with nothing but Node and npm:
// node conformance/scripts/check-pack.ts. Needs a build (./run build) and the package registry.
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
const PACKAGES = ['packages/traces', 'conformance']
/** What the package has to bring along. */
const BROUGHT = [
  'CONTRACT.md',
  'README.md',
  'bin/stopbit-conformance.js',
  'dist/main.js',
  'dist/mutants/reference-proxy.js',
  'examples/python-proxy/python-proxy.json',
  'report.schema.json',
  'targets/reference.json',
  'traces/anthropic/rst-mid-sse-856.trace.json',
]
const TRACES = ['anthropic/rst-mid-sse-856', 'anthropic/complete-one-byte-chunks']

const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly packageManager: string
}
const folder = mkdtempSync(join(tmpdir(), 'stopbit-pack-'))
try {
  for (const name of PACKAGES)
    run('npx', ['--yes', packageManager, 'pack', '--pack-destination', folder], { cwd: join(ROOT, name) })
  const tarballs = globSync('*.tgz', { cwd: folder }).map((file) => `./${file}`)
  expect(tarballs.length === PACKAGES.length, `expected ${PACKAGES.length} tarballs, found ${tarballs.join(', ')}`)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs])

  const installed = join(folder, 'node_modules/@stopbit/conformance')
  for (const file of BROUGHT) expect(existsSync(join(installed, file)), `the package lacks ${file}`)
  for (const file of ['third-party', 'targets/gateway.json', 'node_modules/@stopbit'])
    expect(!existsSync(join(installed, file)), `the package has ${file}`)

  const reference = join(installed, 'targets/reference.json')
  const conforming = suite(['run', '--target', reference, '--trace', ...TRACES])
  expect(conforming.code === 0, `the reference proxy does not conform:\n${conforming.output}`)

  // A target of someone's own, in a folder of his own.
  cpSync(join(installed, 'examples/python-proxy'), join(folder, 'proxy'), { recursive: true })
  const python = suite(['run', '--target', 'proxy/python-proxy.json', '--trace', ...TRACES])
  expect(python.code === 1 && python.output.includes('RAW-1'), `the Python proxy should fail RAW-1:\n${python.output}`)

  const mutant = suite(['mutants', 'destroy-after-headers', '--trace', ...TRACES])
  expect(mutant.code === 0, `the mutant is not killed:\n${mutant.output}`)
  const lint = suite(['lint'])
  expect(lint.code === 0, `the packed traces do not pass lint:\n${lint.output}`)
  process.stdout.write('The packed suite runs in an empty folder.\n')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function run(command: string, args: readonly string[], options: ExecFileSyncOptions = {}): string {
  return execFileSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  }).toString()
}

/** `--no`: what is not installed is not fetched. */
function suite(args: readonly string[]): { readonly code: number; readonly output: string } {
  try {
    return { code: 0, output: run('npx', ['--no', 'stopbit-conformance', ...args], { stdio: 'pipe' }) }
  } catch (error) {
    const { status, stdout, stderr } = error as {
      readonly status: number
      readonly stdout: string
      readonly stderr: string
    }
    return { code: status, output: `${stdout}${stderr}` }
  }
}

function expect(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence)
}
