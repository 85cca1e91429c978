import { expect, test } from 'vitest'
import { OPTIONS } from '../../apps/gateway/src/option-table.ts'
import { resolveExchangeOptions } from '../../packages/exchange/src/index.ts'
import { renderOptionsPage } from './options-page.ts'

test('renderOptionsPage() has a part for every option of an exchange and of the gateway, and what a docstring says', () => {
  const page = renderOptionsPage()
  const names = [...Object.keys(resolveExchangeOptions()), ...OPTIONS.map(({ name }) => name)]
  for (const name of new Set(names)) expect(page.match(new RegExp(`^### ${name}$`, 'gm')), name).toHaveLength(1)
  expect(page).toContain('any byte restarts it; pauses while we pause the upstream')
  expect(page).toContain('| [`idleTimeoutMs`](#idletimeoutms) | milliseconds | 240,000 |')
  expect(page).not.toContain('--token') // a secret has no flag
})
