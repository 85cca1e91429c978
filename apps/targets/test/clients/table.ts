import type { Way } from './adapters.ts'
import { CASE_NAMES } from './cases.ts'
import { judge } from './judge.ts'
import { CLIENTS, type Cell } from './run-adapter.ts'

/** The rows of one adapter: client, then what each case came to. */
export function rowsOf(adapter: Way, cells: readonly Cell[]): string[] {
  return CLIENTS.map((client) => {
    const words = CASE_NAMES.map((name) => {
      const cell = cells.find((one) => one.client === client && one.case === name)
      if (cell === undefined) return '–'
      const { word, wrong } = judge(cell)
      return wrong.length === 0 ? word : 'WRONG'
    })
    return `| ${[adapter, client.name, ...words].join(' | ')} |`
  })
}

export const TABLE_HEAD: readonly string[] = [
  `| ${['adapter', 'client', ...CASE_NAMES].join(' | ')} |`,
  `|${'---|'.repeat(CASE_NAMES.length + 2)}`,
]
