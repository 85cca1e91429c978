import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Status } from '../../src/status-page/browser/status.ts'
import { startGatewayProcess, type GatewayProcess } from '../operator/gateway-process.ts'
import { openPage } from './browser.ts'
import { ask, CANARY, startFailingUpstream, type Play } from './failing-upstream.ts'

const LONG = { timeout: 60_000 }
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What must be fixed, as axe names it. */
async function axe(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** Where people look at screenshots. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['STOPBIT_SCREENSHOTS'] ?? join(tmpdir(), 'stopbit-status-page')
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: !name.endsWith('-exchange') })
}

function startGateway(upstreamUrl: string, more: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  return startGatewayProcess(upstreamUrl, { retry: 'stale-once', stallWarnMs: '200', ...more })
}

/** Sends requests one after the other, and waits until each is recorded. */
async function relay(gateway: GatewayProcess, plays: readonly Play[], before = 0): Promise<void> {
  for (const [index, play] of plays.entries()) {
    await (await ask(gateway.url, play)).text()
    await gateway.logged(({ msg }) => msg === 'exchange', before + index + 1)
  }
}

function adminOf({ admin }: GatewayProcess): string {
  if (admin === undefined) throw new Error('The gateway has no admin port')
  return admin
}

const tile = (page: Page, name: string): Promise<string> =>
  page.locator('#tiles > div', { hasText: name }).locator('b').innerText()

const MIX: readonly Play[] = [
  'whole',
  'cut',
  'whole',
  'reset',
  'cut',
  'overloaded',
  'error',
  'kept',
  'race',
  'whole',
  'whole',
]

test('a gateway that has relayed nothing says how to point a client at it', LONG, async () => {
  const gateway = await startGateway('http://127.0.0.1:1')
  const page = await openPage(adminOf(gateway))
  expect(await page.locator('#empty').innerText()).toContain(`ANTHROPIC_BASE_URL=${gateway.url}`)
  expect(await page.locator('#live').innerText()).toBe('No exchange is under way.')
  expect(await axe(page)).toEqual([])
  await shoot(page, 'empty')
})

test('the numbers on the page are those of what was relayed, and none of its content is there', LONG, async () => {
  const upstream = await startFailingUpstream()
  const gateway = await startGateway(upstream.url)
  const page = await openPage(adminOf(gateway))
  await relay(gateway, MIX)
  await page
    .locator('#recent tbody tr')
    .nth(MIX.length - 1)
    .waitFor()

  expect(await tile(page, 'Ended in the last hour')).toBe('11')
  expect(await tile(page, 'Failed')).toBe('5')
  expect(await tile(page, 'Keep-alive races')).toBe('1')
  const legend = Object.fromEntries(
    (await page.locator('.legend li').allInnerTexts()).map((text) =>
      text
        .split('\n')
        .map((part) => part.trim())
        .filter(Boolean),
    ),
  ) as Record<string, string>
  expect(legend).toEqual({ 'body-reset': '2', 'closed-before-headers': '1', 'status-529': '1', 'upstream-error': '1' })
  expect(await page.locator('#failures svg.chart rect').count()).toBeGreaterThanOrEqual(4)
  expect(await page.locator('[data-measure=headers] td').nth(2).innerText()).toBe('10') // all but the reset one
  expect(await page.locator('#empty').isVisible()).toBe(false)

  const status = (await (await fetch(`${adminOf(gateway)}status.json`)).json()) as Status
  expect(
    status.recent
      .map(({ cause }) => cause ?? 'whole')
      .toReversed()
      .join(' '),
  ).toBe('whole body-reset whole closed-before-headers body-reset status-529 upstream-error whole whole whole whole')
  expect(status.recent.map(({ id }) => id)).toEqual(
    gateway.log
      .filter(({ msg }) => msg === 'exchange')
      .map(({ id }) => id)
      .toReversed(),
  )

  await page.getByRole('radio', { name: 'Failed' }).check()
  expect(await page.locator('#recent tbody tr').count()).toBe(5)
  await page.getByRole('radio', { name: 'All' }).check()
  expect(await page.locator('#recent tbody tr').count()).toBe(11)

  expect(await (await ask(gateway.url, 'whole')).text()).toContain(CANARY) // it did go through
  for (const { id } of status.recent) {
    await page.locator(`#recent tr[data-id="${id}"] button`).click()
    expect(await page.content()).not.toContain(CANARY)
    await page.keyboard.press('Escape')
  }
  expect(JSON.stringify(status)).not.toContain(CANARY)
})

test('an exchange that is under way is seen with its phase and its silence, until it is over', LONG, async () => {
  const upstream = await startFailingUpstream()
  const gateway = await startGateway(upstream.url)
  const page = await openPage(adminOf(gateway))
  const response = await ask(gateway.url, 'silent')
  const row = page.locator('#live tbody tr')
  await row.waitFor()
  expect(await row.innerText()).toMatch(/claude-test\s+anthropic-messages\s+streaming/)
  await gateway.logged(({ msg }) => msg === 'upstream silent')
  const silence = async (): Promise<number> => {
    const { live } = (await (await fetch(`${adminOf(gateway)}status.json`)).json()) as Status
    return live[0]?.silentMs ?? 0
  }
  expect(await silence()).toBeGreaterThanOrEqual(200)
  upstream.release()
  await response.text()
  await row.waitFor({ state: 'detached' })
  await page.locator('#recent tbody button').click()
  const timeline = await page.locator('dialog .moments').innerText()
  for (const moment of [
    'attempt 1 began',
    'the API answered with 200',
    'first byte',
    'first model data',
    'the operator was told',
    'end',
  ]) {
    expect(timeline).toContain(moment)
  }
  expect(await page.locator('dialog .facts').innerText()).toContain('told 1 time')
})

test('a race is one retry in its exchange, and is counted once', LONG, async () => {
  const upstream = await startFailingUpstream()
  const gateway = await startGateway(upstream.url)
  await relay(gateway, ['kept', 'race'])
  const page = await openPage(adminOf(gateway))
  expect(await tile(page, 'Keep-alive races')).toBe('1')
  await page.locator('#recent tbody button').first().click()
  const timeline = await page.locator('dialog .moments').innerText()
  expect(timeline).toContain('attempt 1 began, on a kept connection')
  expect(timeline).toContain('attempt 1: reused-closed; sent again')
  expect(timeline).toContain('attempt 2 began, on a new connection')
})

test('everything can be done by keyboard, and the focus comes back', LONG, async () => {
  const upstream = await startFailingUpstream()
  const gateway = await startGateway(upstream.url)
  await relay(gateway, ['whole', 'cut'])
  const page = await openPage(adminOf(gateway))
  await page.locator('#recent tbody tr').nth(1).waitFor()
  const focused = (): Promise<string> =>
    page.evaluate(
      '(document.activeElement.id || document.activeElement.ariaLabel || document.activeElement.textContent || document.activeElement.value).trim()',
    )
  const walk: string[] = []
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab')
    walk.push(await focused())
  }
  const buttons = await page.locator('#recent tbody button').all()
  const ids = await Promise.all(buttons.map((button) => button.getAttribute('aria-label')))
  expect(walk.slice(0, 3)).toEqual(['Skip to the exchanges', 'live', 'As a table'])
  expect(walk).toEqual(expect.arrayContaining(['recent', ...ids, '/metrics', '/status.json']))
  expect(walk.indexOf(ids[0] ?? '')).toBeLessThan(walk.indexOf(ids[1] ?? ''))

  await page.locator('#recent tbody button').first().focus()
  await page.keyboard.press('Enter')
  await page.locator('dialog[open]').waitFor()
  expect(await focused()).toBe('Close')
  await page.keyboard.press('Escape')
  expect(await focused()).toBe(ids[0])
  // A poll that comes in between leaves the focus where it is.
  await page.waitForResponse(/status\.json/)
  await page.waitForResponse(/status\.json/)
  expect(await focused()).toBe(ids[0])
  await page.locator('input[value=all]').focus()
  await page.keyboard.press('ArrowRight')
  expect(await page.locator('#recent tbody tr').count()).toBe(1)
})

test('a gateway that stops is told, and one that comes back on its port is seen without a reload', LONG, async () => {
  const upstream = await startFailingUpstream()
  const first = await startGateway(upstream.url)
  const adminPort = new URL(adminOf(first)).port
  await relay(first, ['whole', 'cut'])
  const page = await openPage(adminOf(first))
  expect(await tile(page, 'Failed')).toBe('1')
  expect(await first.stop()).toBe(0)
  await page.locator('#connection[data-state=lost]').waitFor()
  expect(await page.locator('#connection').innerText()).toContain('these are its last numbers')
  expect(await tile(page, 'Failed')).toBe('1')
  const second = await startGateway(upstream.url, { adminPort })
  await page.locator('#connection[data-state=live]').waitFor()
  expect(await page.locator('#empty').innerText()).toContain(second.url)
  expect(await tile(page, 'Failed')).toBe('0')
})

test.each([
  ['light', 'wide', 1280],
  ['dark', 'wide', 1280],
  ['light', 'narrow', 360],
  ['dark', 'narrow', 360],
] as const)(
  'in %s and %s axe finds nothing, and nothing hangs over the edge',
  LONG,
  async (colorScheme, size, width) => {
    const upstream = await startFailingUpstream()
    const gateway = await startGateway(upstream.url)
    const silent = await ask(gateway.url, 'silent')
    await relay(gateway, MIX)
    const page = await openPage(adminOf(gateway), {
      colorScheme,
      viewport: { width, height: 900 },
      reducedMotion: 'reduce',
    })
    await page
      .locator('#recent tbody tr')
      .nth(MIX.length - 1)
      .waitFor()
    expect(await axe(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
    expect(await page.evaluate('document.getAnimations().length')).toBe(0)
    await shoot(page, `${colorScheme}-${size}`)
    await page.locator('#recent tbody tr', { hasText: 'body-reset' }).first().locator('button').click()
    expect(await axe(page)).toEqual([])
    await shoot(page, `${colorScheme}-${size}-exchange`)
    upstream.release()
    await silent.text()
  },
)

test('the page may load nothing but its own files, and nobody may frame it', LONG, async () => {
  const gateway = await startGateway('http://127.0.0.1:1')
  const response = await fetch(adminOf(gateway))
  expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const html = await response.text()
  expect(html).not.toMatch(/https?:\/\//)
  expect((await fetch(`${adminOf(gateway)}page/page.js`)).headers.get('content-type')).toContain('text/javascript')
})
