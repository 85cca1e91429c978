import { ADAPTERS, type Way } from './adapters.ts'
import { judge } from './judge.ts'
import { runAdapter } from './run-adapter.ts'
import { rowsOf, TABLE_HEAD } from './table.ts'

// Prints what every real client makes of every case through every adapter, and what does not hold. Adapters may be named;
// "no adapter" shows what the clients do by themselves:
// node --conditions=@stopbit/source apps/targets/test/clients/print-table.ts edge-bun 'no adapter'

const named = process.argv.slice(2)
const ways: readonly Way[] = named.length === 0 ? ADAPTERS : named.map(toWay)
let count = 0
const wrong: string[] = []

print(TABLE_HEAD)
for (const way of ways) {
  const cells = await runAdapter(way)
  count += cells.length
  print(rowsOf(way, cells))
  for (const cell of cells) {
    const complaints = judge(cell).wrong
    if (complaints.length > 0) wrong.push(`- ${way}, ${cell.client.name}, ${cell.case}: ${complaints.join('; ')}`)
  }
}
print(['', `${count} cells, ${wrong.length} wrong`, ...wrong])
process.exitCode = wrong.length === 0 ? 0 : 1

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

function toWay(name: string): Way {
  const way = ([...ADAPTERS, 'no adapter'] as const).find((one) => one === name)
  if (way === undefined) throw new Error(`Cannot run "${name}": the adapters are ${ADAPTERS.join(', ')}`)
  return way
}
