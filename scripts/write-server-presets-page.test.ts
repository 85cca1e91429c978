import { expect, test } from 'vitest'
import { isServerPresetsPageFresh, renderServerPresetsPage } from './write-server-presets-page.ts'

test('docs/server-presets.md is what the code says; node scripts/write-server-presets-page.ts renews it', () => {
  expect(isServerPresetsPageFresh()).toBe(true)
})

test('renderServerPresetsPage() has a part for every preset, with a source in each row', () => {
  const page = renderServerPresetsPage()
  expect(page.match(/^## `/gm)).toHaveLength(11)
  expect(page).toContain('| `keepAliveTimeout` | 620,000 ms |')
  for (const row of page.match(/^\| .* ms \|.*$/gm) ?? [])
    expect(row).toMatch(/(https:\/\/|reference failure signatures)/)
})
