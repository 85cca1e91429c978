import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkSite } from '../scripts/check-site.ts'
import { findFaults } from './harness/find-faults.ts'
import { useSite } from './harness/use-site.ts'

const LONG = { timeout: 60_000 }
const DESKTOP = { width: 1280, height: 900 }
const MOBILE = { width: 390, height: 844 }

const site = useSite()

test('every link of the site leads somewhere, nothing is loaded from elsewhere, and a page weighs at most 300 KiB', () => {
  const { violations, weights } = checkSite(site.folder())
  expect(violations).toEqual([])
  expect(weights.length).toBeGreaterThan(50)
  expect(weights.every(([, bytes]) => bytes > 20_000)).toBe(true) // the scripts and styles are counted
})

test('the weight of a page is what a browser loads', LONG, async () => {
  const page = await site.openPage('/')
  const loaded = new Map<string, number>()
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname
    loaded.set(path, Number(response.headers()['content-length']))
  })
  await page.goto(new URL('/reference/faults/', site.url()).href, { waitUntil: 'networkidle' })
  const bytes = [...loaded.values()].reduce((sum, size) => sum + size, 0)
  expect(new Map(checkSite(site.folder()).weights).get('/reference/faults/')).toBe(bytes)
})

test('who lands on the first page finds the way to the five start pages', LONG, async () => {
  const page = await site.openPage('/')
  for (const slug of ['run-a-gateway', 'build-a-proxy', 'write-a-client', 'debug-an-incident', 'contribute-a-trace']) {
    await page.goto(site.url())
    await page.locator(`main a[href="/start/${slug}/"]`).first().click()
    await page.waitForURL(`**/start/${slug}/`)
    expect(await page.locator('h1').innerText()).not.toBe('')
    expect(await page.locator('main :is(p, li)').count()).toBeGreaterThan(3)
  }
})

test('who searches for an error text finds what it means', LONG, async () => {
  const page = await site.openPage('/')
  await page.keyboard.press('Control+k')
  await page.getByRole('searchbox').fill('socket connection was closed unexpectedly')
  const results = page.locator('dialog ol > li > a:first-child')
  await results.first().waitFor()
  const found = await results.evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))
  expect(found[0]).toMatch(/^\/incidents\//)
  await site.shoot(page, 'search')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/incidents/**')
  expect(await page.locator('main').innerText()).toContain('The socket connection was closed unexpectedly')
})

test('a search that finds nothing says so, and Escape closes it', LONG, async () => {
  const page = await site.openPage('/')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('searchbox').fill('xyzzyqqq')
  await page.getByText('Nothing found').waitFor()
  await page.keyboard.press('Escape')
  expect(await page.getByRole('searchbox').isVisible()).toBe(false)
})

/** One page of each kind. */
const KINDS = {
  home: '/',
  start: '/start/debug-an-incident/',
  pattern: '/patterns/finalize-or-destroy/',
  incident: '/incidents/',
  guide: '/guides/operating/',
  options: '/reference/options/',
  api: '/reference/api/exchange/',
  matrix: '/conformance/matrix/',
  playground: '/playground/',
}

test.each(Object.entries(KINDS))(
  '%s: axe finds no serious fault, and nothing is wider than the screen',
  LONG,
  async (kind, path) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await site.openPage(path, { colorScheme, viewport: DESKTOP, reducedMotion: 'reduce' })
      expect(await page.locator('html').getAttribute('data-theme')).toBe(colorScheme)
      await site.shoot(page, `${kind}-desktop-${colorScheme}`)
      expect(await findFaults(page, colorScheme === 'light' ? 'all' : 'colours')).toEqual([])
      await page.setViewportSize(MOBILE)
      await site.shoot(page, `${kind}-mobile-${colorScheme}`)
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    }
  },
)

test('a page says where it is edited, and of which version it speaks', LONG, async () => {
  const page = await site.openPage('/reference/faults/')
  expect(await page.getByRole('link', { name: 'Edit page' }).getAttribute('href')).toMatch(
    /packages\/faults\/src\/fault-kinds\.ts$/,
  )
  const { version } = JSON.parse(
    await readFile(join(import.meta.dirname, '../../packages/exchange/package.json'), 'utf8'),
  ) as { version: string }
  expect(await page.locator('.about').innerText()).toContain(`Stopbit ${version}`)
})

test('a page that is not there is a 404 with a way on, and no path leads out of the site', async () => {
  const gone = await fetch(`${site.url()}gone/`)
  expect([gone.status, await gone.text()]).toEqual([404, expect.stringContaining('href="/"')])
  expect((await fetch(`${site.url()}..%2f..%2fpackage.json`)).status).toBe(404)
  expect((await fetch(site.url(), { method: 'POST' })).status).toBe(405)
})

test('llms.txt names every page with its sentence', async () => {
  const text = await (await fetch(`${site.url()}llms.txt`)).text()
  for (const path of ['/patterns/drain/', '/reference/options/', '/conformance/invariants/'])
    expect(text).toMatch(new RegExp(`\\(${path}\\): .{20}`))
})
