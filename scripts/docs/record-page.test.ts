import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderRecordPage } from './record-page.ts'

test('every ending has a row', () => {
  const page = renderRecordPage()
  const type = readFileSync(new URL('../../packages/exchange/src/record.ts', import.meta.url), 'utf8')
  const [, ours = ''] = /ExchangeEnding = (.*)/.exec(type) ?? []
  const dialects = readFileSync(new URL('../../packages/sse/src/dialects/dialect.ts', import.meta.url), 'utf8')
  const [, endings = ''] = /type Ending =([^;]*?)\n\n/.exec(dialects) ?? []
  const names = [...`${ours} ${endings}`.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name)
  expect(names.length).toBeGreaterThanOrEqual(9)
  for (const name of names) expect(page).toContain(`| \`${name}\` |`)
})

test('renderRecordPage() says what each field is', () => {
  const page = renderRecordPage()
  expect(page).toContain('| `cfRay`? | `string` | `cf-ray` of the answer. |')
  expect(page).toContain('| `version` | `1` |')
  expect(page).not.toMatch(/\|\s*\|$/m)
})
