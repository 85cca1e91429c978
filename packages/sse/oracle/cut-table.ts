/**
 * Cuts canonical streams at every byte, sends what is left through our finalizer, lets real clients read it, and prints
 * what it comes to: `node --conditions=@stopbit/source packages/sse/oracle/cut-table.ts --help`.
 */
import { parseArgs } from 'node:util'
import { ENDING_POLICIES, type EndingPolicy } from '../src/index.ts'
import { DECODERS } from './decoders/all.ts'
import { DELIVERIES } from './deliveries.ts'
import { findDialect } from './find-dialect.ts'
import { isFailed, renderFailures, renderTable } from './render-table.ts'
import { runCuts, type CutRow } from './run-cuts.ts'
import { CANONICAL_STREAMS } from './streams/all.ts'
import { DIALECT_IDS, type DialectId } from './streams/stream.ts'

const USAGE = `Usage: cut-table.ts [options]

  --dialect ID    one of ${DIALECT_IDS.join(', ')}; default all
  --policy NAME   one of ${ENDING_POLICIES.join(', ')}; default all
  --every N       cut at every N-th byte; default 1
  --fresh         read every cut anew, also where the client gets the same bytes as before
  --json          print the rows as JSON
`

const { values: options } = parseArgs({
  options: {
    dialect: { type: 'string' },
    policy: { type: 'string' },
    every: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function choose<Name extends string>(
  option: string,
  value: string | undefined,
  names: readonly Name[],
): readonly Name[] {
  if (value === undefined) return names
  const name = names.find((known) => known === value)
  if (name === undefined)
    throw new RangeError(`Cannot use --${option}: must be one of ${names.join(', ')}, got ${value}`)
  return [name]
}

function readEvery(value: string): number {
  const every = Number(value)
  if (!Number.isInteger(every) || every < 1) throw new RangeError(`Cannot use --every: must be 1 or more, got ${value}`)
  return every
}

/** On a terminal, how far the run is; nothing in a log. */
function createProgress(label: string): (cuts: number) => void {
  let done = 0
  return (cuts) => {
    done += cuts
    if (process.stderr.isTTY && done % 500 === 0) process.stderr.write(`\r\u001B[K${label}: ${String(done)} cuts`)
  }
}

async function runDialect(id: DialectId, policy: EndingPolicy): Promise<CutRow[]> {
  const rows = await runCuts({
    dialect: findDialect(id),
    streams: CANONICAL_STREAMS[id],
    decoders: DECODERS.filter((decoder) => decoder.dialect === id),
    policy,
    deliveries: DELIVERIES,
    every: readEvery(options.every),
    isFresh: options.fresh,
    onProgress: createProgress(`${id}, ${policy}`),
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  return rows
}

async function main(): Promise<void> {
  if (options.help) {
    process.stdout.write(USAGE)
    return
  }
  const all: CutRow[] = []
  for (const policy of choose('policy', options.policy, ENDING_POLICIES)) {
    const rows: CutRow[] = []
    for (const id of choose('dialect', options.dialect, DIALECT_IDS)) rows.push(...(await runDialect(id, policy)))
    all.push(...rows)
    if (!options.json) process.stdout.write(`\npolicy ${policy}\n${renderTable(rows)}\n`)
  }
  if (options.json) {
    const rows = all.map((row) => ({
      ...row,
      counts: Object.fromEntries(row.counts),
      examples: Object.fromEntries(row.examples),
    }))
    process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`)
  }
  if (!all.some(isFailed)) return
  process.stderr.write(`\n${renderFailures(all)}\n`)
  process.exitCode = 1
}

await main()
