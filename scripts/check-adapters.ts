import { globSync, readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/**
 * The packages that carry bytes between sockets and the exchange machine. All judgement is the machine's; an adapter that
 * judges would differ from the others.
 */
const ADAPTERS = ['packages/node', 'packages/fastify', 'packages/edge', 'packages/client']
/** The one package that makes finalizers, beside the one that they come from. */
const FINALIZING = ['packages/exchange', 'packages/sse']

const TIMERS = new Set(['setTimeout', 'setInterval'])
const TIMER_MODULES = new Set(['node:timers', 'node:timers/promises', 'timers', 'timers/promises'])
const FINALIZERS = new Set(['createFinalizer', 'finalizeChunks', 'finalizeStream', 'createFinalizerTransform'])

/** What an adapter must not mention. */
export interface DialectNames {
  readonly ids: readonly string[]
}

/**
 * Checks that only `exchange` drives the finalizer, and that no adapter holds a timer, a choice of a status or a dialect's
 * name.
 *
 * @returns the violations, each with its place; empty if all is well. Tests may do as they like.
 */
export function checkAdapters(root: string, { ids }: DialectNames): string[] {
  const violations: string[] = []
  for (const file of sourcesOf(root, ['packages/*', 'apps/*'])) {
    const found = lookInto(readFileSync(join(root, file), 'utf8'), new Set(ids))
    const isAdapter = ADAPTERS.some((folder) => file.startsWith(`${folder}/`))
    const mayFinalize = FINALIZING.some((folder) => file.startsWith(`${folder}/`))
    for (const { kind, line, what } of found) {
      if (kind === 'finalizer' ? !mayFinalize : isAdapter) violations.push(`${file}:${line}: ${RULES[kind](what)}`)
    }
  }
  return [...new Set(violations)] // an import names a thing twice
}

type Kind = 'timer' | 'status' | 'dialect' | 'finalizer'

const RULES: Readonly<Record<Kind, (what: string) => string>> = {
  timer: (what) => `an adapter holds no timer: ${what} is the exchange's, by its clocks`,
  status: (what) => `an adapter chooses no status: ${what} is the exchange's`,
  dialect: (what) => `an adapter knows no dialect: ${what} is the exchange's`,
  finalizer: (what) => `only packages/exchange drives a finalizer: ${what}`,
}

interface Finding {
  readonly kind: Kind
  readonly line: number
  readonly what: string
}

function lookInto(text: string, ids: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = []
  const add = (kind: Kind, { start }: { start: number }, what: string): void => {
    findings.push({ kind, line: text.slice(0, start).split('\n').length, what })
  }
  const identifiers = new Set([...ids].map((id) => id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())))
  new Visitor({
    Identifier(node) {
      if (TIMERS.has(node.name)) add('timer', node, node.name)
      if (FINALIZERS.has(node.name)) add('finalizer', node, node.name)
      if (identifiers.has(node.name)) add('dialect', node, node.name)
    },
    Literal(node) {
      const { value } = node
      if (typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599) {
        add('status', node, String(value))
      }
      if (typeof value !== 'string') return
      if (TIMER_MODULES.has(value)) add('timer', node, value)
      if (ids.has(value)) add('dialect', node, value)
    },
  }).visit(parseSync('source.ts', text).program)
  return findings
}

function sourcesOf(root: string, folders: readonly string[]): string[] {
  return globSync(
    folders.map((folder) => `${folder}/src/**/*.ts`),
    { cwd: root },
  )
    .map((file) => file.split(sep).join('/'))
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
}

if (import.meta.main) {
  const { DIALECTS } = await import('../packages/sse/src/index.ts')
  const ids = DIALECTS.map(({ id }) => id)
  const violations = checkAdapters(resolve(import.meta.dirname, '..'), { ids })
  for (const violation of violations) process.stderr.write(`${violation}\n`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
