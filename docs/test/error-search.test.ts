import { expect, test } from 'vitest'
import { TEXT_SOURCES } from '../src/data/error-texts.ts'
import { useSite } from './harness/use-site.ts'

const LONG = { timeout: 60_000 }
const COUNT = TEXT_SOURCES.flatMap(({ texts }) => texts).length
const PASTED =
  'API Error: The socket connection was closed unexpectedly. For more information, pass `verbose: true` in the second argument to fetch()'

const site = useSite()

test('a pasted error leaves the rows that say the same, each with the way to its page', LONG, async () => {
  const page = await site.openPage('/incidents/')
  const rows = page.locator('li[data-raised]:visible')
  expect(await rows.count()).toBe(COUNT)
  await page.getByLabel('The text of your error').fill(PASTED)
  expect(await rows.evaluateAll((found) => found.map(({ id }) => id))).toEqual(['S1', 'S2', 'B2'])
  expect(await page.getByRole('status').filter({ hasText: '3 texts' }).count()).toBe(1)
  expect(await page.locator('main h2:visible').allInnerTexts()).toEqual(['SDKs and coding agents', 'Bun'])
  await rows.first().getByRole('link', { name: 'More' }).click()
  await page.waitForURL('**/incidents/socket-connection-closed-unexpectedly/')
})

test('a text that nobody knows is told so, and a link can carry one', LONG, async () => {
  const page = await site.openPage('/incidents/?q=no such text anywhere')
  expect(await page.locator('li[data-raised]:visible').count()).toBe(0)
  await page.getByText('No text fits.').waitFor()
  await page.getByLabel('The text of your error').fill('')
  expect(await page.locator('li[data-raised]:visible').count()).toBe(COUNT)
})

test('without scripts the page is the whole list, by program', LONG, async () => {
  const page = await site.openPage('/incidents/', { javaScriptEnabled: false })
  expect(await page.locator('li[data-raised]:visible').count()).toBe(COUNT)
  expect(await page.locator('#error-filter').isVisible()).toBe(false)
})
