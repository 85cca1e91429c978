import { expect, test } from 'vitest'
import { isFaultsPageFresh, renderFaultsPage } from './write-faults-page.ts'

test('docs/faults.md is what the code says; node scripts/write-faults-page.ts renews it', () => {
  expect(isFaultsPageFresh()).toBe(true)
})

test('renderFaultsPage() has a row for every kind', () => {
  expect(renderFaultsPage()).toContain(
    '| `body-reset` | body | `http_response_incomplete` | 502 | processed | The connection',
  )
  expect(renderFaultsPage().match(/^\| `/gm)).toHaveLength(25)
})
