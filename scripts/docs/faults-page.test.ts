import { expect, test } from 'vitest'
import { renderFaultsPage } from './faults-page.ts'

test('renderFaultsPage() has a row for every kind', () => {
  expect(renderFaultsPage()).toContain(
    '| `body-reset` | body | `http_response_incomplete` | 502 | processed | The connection',
  )
  expect(renderFaultsPage().match(/^\| `/gm)).toHaveLength(25)
})
