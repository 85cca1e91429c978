import { expect, test } from 'vitest'
import { renderServerPresetsPage } from './server-presets-page.ts'

test('renderServerPresetsPage() has a part for every preset, with a source in each row', () => {
  const page = renderServerPresetsPage()
  expect(page.match(/^## `/gm)).toHaveLength(11)
  expect(page).toContain('| `keepAliveTimeout` | 620,000 ms |')
  for (const row of page.match(/^\| .* ms \|.*$/gm) ?? []) expect(row).toMatch(/(https:\/\/|measured)/)
})
