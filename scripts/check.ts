import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** All that CI checks, except the tests. Each stage is a command that stays silent when it has nothing to say. */
const STAGES: readonly (readonly [name: string, ...command: string[]])[] = [
  ['format', 'oxfmt', '--check'],
  ['build', 'turbo', 'run', 'build', '--output-logs=errors-only', '--ui=stream'],
  ['lint', 'oxlint'], // with the types of what was built
  ['types of tests', 'tsc', '--project', 'tsconfig.tests.json'],
  ['types of tests in a page', 'tsc', '--project', 'packages/msw/test/tsconfig.json'],
  ['built program', 'node', 'apps/gateway/bin/stopbit.js', 'gateway', '--help'],
  ['layers', 'node', 'scripts/check-layers.ts'],
  ['adapters', 'node', '--conditions=@stopbit/source', 'scripts/check-adapters.ts'],
  ['docs', 'node', 'scripts/check-docs.ts'],
  ['docs site', 'node', '--conditions=@stopbit/source', 'docs/scripts/main.ts', '--check'],
  ['traces', 'node', '--conditions=@stopbit/source', 'conformance/src/main.ts', 'lint'],
  ['workspace', 'sherif', '--fail-on-warnings', '--ignore-dependency=typescript@6.0.3'], // TypeDoc's own
  ['unused code', 'knip', '--treat-config-hints-as-errors'],
]

const root = join(import.meta.dirname, '..')
const failed: string[] = []
for (const [name, command = '', ...args] of STAGES) {
  const startedAt = performance.now()
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${seconds} s  ${name}\n`)
  if (status === 0) continue
  failed.push(name)
  process.stdout.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`)
}
if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.join(', ')}. ./run format repairs the format.\n`)
process.exitCode = failed.length === 0 ? 0 : 1
