import { beforeAll, describe, expect, test } from 'vitest'
import { ADAPTERS } from './adapters.ts'
import { CASES, casesOf } from './cases.ts'
import { judge } from './judge.ts'
import { CLIENTS, runAdapter, type Cell } from './run-adapter.ts'

const RUN_MS = 40_000

// Adapter × client × case: real SDKs and Python's httpx through the real programs. The table: print-table.ts.
describe.each(ADAPTERS)('%s', (adapter) => {
  let cells: readonly Cell[] = []

  beforeAll(async () => {
    cells = await runAdapter(adapter)
  }, RUN_MS)

  describe.each(CLIENTS)('$name', (client) => {
    test.each(casesOf(client.dialect).map((name) => [name, CASES[name]] as const))('%s: %s', (name) => {
      const cell = cells.find((one) => one.client === client && one.case === name)
      expect(cell === undefined ? ['the cell was not run'] : judge(cell).wrong).toEqual([])
    })
  })
})

test(
  'without an adapter every healthy cell is right, and every other one is wrong',
  async () => {
    const cells = await runAdapter('no adapter')
    const right = cells
      .filter((cell) => judge(cell).wrong.length === 0)
      .map(({ client, case: name }) => [client.name, name])
    expect(right).toEqual(CLIENTS.map(({ name }) => [name, 'healthy']))
  },
  RUN_MS,
)
