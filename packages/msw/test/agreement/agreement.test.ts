import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { agreementPage, findDisagreements } from './agreement-page.ts'
import { SELECTION } from './cells.ts'
import { compareInNode, selectedPairs, type Cell } from './compare.ts'
import { compareInChromium, type PageCell } from './compare-in-chromium.ts'

/**
 * Where a replay in Chromium cannot be lenient as the browser is: it takes a head that is cut, one without a sound status line, and a
 * coded body that ends too early but in good order.
 */
const LENIENT = [
  'transport/ends-before-head/ending:mid-head-fin, Chromium',
  'transport/unreadable-head/head:bad-status-line, Chromium',
  'transport/gzip-cut/ending:truncated-clean-end, Chromium',
]

let cells: readonly Cell[] = []
let pageCells: readonly PageCell[] = []

beforeAll(async () => {
  cells = await compareInNode(await selectedPairs())
  pageCells = await compareInChromium()
}, 180_000)

test('real clients make of a replay what they make of the wire, but for what is listed', () => {
  expect(pageCells).toHaveLength(SELECTION.length)
  expect(cells.length).toBeGreaterThan(2 * SELECTION.length)
  expect(findDisagreements(cells, pageCells)).toEqual(LENIENT)
})

test('every way of ending was met by the selection', () => {
  const ends = new Set(cells.map(({ raw }) => raw.end.how))
  expect(ends).toEqual(new Set(['returned', 'error', 'hang']))
})

// `vitest run -u packages/msw/test/agreement` writes it again.
test('AGREEMENT.md says what was measured', async () => {
  await expect(agreementPage(cells, pageCells)).toMatchFileSnapshot(join(import.meta.dirname, '../../AGREEMENT.md'))
})
