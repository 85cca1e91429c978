import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { playBoth, type Side } from '../src/playground/play/compare.ts'
import { loadPermutation } from '../src/playground/play/load-permutation.ts'
import { toTest } from '../src/playground/ui/copy-as-test.ts'
import { findFaults } from './harness/find-faults.ts'
import { useSite } from './harness/use-site.ts'

const LONG = { timeout: 60_000 }
const site = useSite()

async function open(hash = '', options?: BrowserContextOptions): Promise<Page> {
  return await ready(await site.openPage(`/playground/${hash}`, options))
}

async function ready(page: Page): Promise<Page> {
  await page.locator('stopbit-playground[data-state="ready"]').waitFor()
  return page
}

const part = (page: Page, name: string) => page.locator(`[data-part="${name}"]`)

/** What the page says of one side: its verdict, and the bytes that its client has. */
async function readSide(page: Page, id: 'plain' | 'stopbit'): Promise<{ verdict: string | null; bytes: string }> {
  const side = page.locator(`[data-side="${id}"]`)
  const bytes = await side.locator('li:is(.pg-upstream, .pg-own, .pg-heartbeat)').allTextContents()
  return { verdict: await side.locator('.wire-verdict').getAttribute('data-verdict'), bytes: squeeze(bytes.join('')) }
}

/** Without white space at the ends of events, which the page leaves out, and without ids that are random. */
const squeeze = (text: string): string => text.replaceAll(/req_stopbit_\w+/g, 'req').replaceAll(/\s+/g, '')

test(
  'the page shows what the core and a plain relay do with the bytes of a trace, and what that is worth',
  LONG,
  async () => {
    const page = await open()
    for (const [id, plain, stopbit, closing] of [
      ['anthropic/cut-in-text/ending:rst', 'cut', 'error-told', 'event:error'],
      ['openai-chat/cut-in-text/ending:eof', 'pretended', 'error-told', 'data:{"error":'],
      ['gemini/cut-in-text/ending:stall', 'hangs', 'error-told', '"status":"DEADLINE_EXCEEDED"'],
    ] as const) {
      await page.evaluate(`location.hash = '#trace=${id}'`)
      await page.waitForURL(`**#trace=${id}&**`)
      const [shownPlain, shownStopbit] = [await readSide(page, 'plain'), await readSide(page, 'stopbit')]
      expect([shownPlain.verdict, shownStopbit.verdict], id).toEqual([plain, stopbit])
      expect(shownStopbit.bytes).toContain(closing)
      expect(shownPlain.bytes).not.toContain(closing)
      // In a browser the core does what it does here.
      const sides = playBoth(await loadPermutation(id), 'error')
      expect([shownPlain.bytes, shownStopbit.bytes], id).toEqual(sides.map(bytesOf))
      await site.shoot(page, `playground-${id.replaceAll(/\W+/g, '-')}`)
    }
  },
)

function bytesOf({ timeline }: Side): string {
  const parts = timeline.exchanges.flatMap(({ answer }) => answer.parts.map(({ bytes }) => Buffer.from(bytes)))
  return squeeze(Buffer.concat(parts).toString())
}

test('a core with one seeded fault is seen to be broken', LONG, async () => {
  const page = await site.openPage('/')
  // The core's own code in the page's script: what closes a cut Messages stream becomes a success that nobody sent.
  const closing = /\(`error`,JSON\.stringify\(\{type:`error`,error:\w+,request_id:\w+\}\)/g
  let seeded = 0
  await page.route('**/_astro/*.js', async (route) => {
    const response = await route.fetch()
    const script = (await response.text()).replaceAll(closing, () => {
      seeded++
      return '(`message_stop`,`{"type":"message_stop"}`'
    })
    await route.fulfill({ response, body: script })
  })
  await page.goto(`${site.url()}playground/#trace=anthropic/cut-in-text/ending:rst`)
  const { verdict, bytes } = await readSide(await ready(page), 'stopbit')
  expect(seeded).toBe(1)
  expect(bytes).toContain('event:message_stop')
  expect(verdict).toBe('pretended')
  expect(await page.locator('[data-side="stopbit"] .wire').textContent()).toContain('ends as if whole')
})

/** Presses Tab until a part has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate('document.activeElement?.dataset.part')) === name) return
  }
  throw new Error(`Tab does not come to ${name}`)
}

test('everything can be done without a mouse', LONG, async () => {
  const page = await open()
  await part(page, 'search').focus()
  await page.keyboard.type('tool call are half written')
  expect(await part(page, 'count').innerText()).toBe('1 trace')
  await tabTo(page, 'trace')
  await page.keyboard.press('ArrowDown')
  await page.waitForURL('**#trace=anthropic/reset-in-tool-call&**')
  await tabTo(page, 'on')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Shift+Tab')
  const isAtStart = `document.querySelector('[data-part="scrub"]').ariaValueText.startsWith('0 ms, step 1 of')`
  for (let step = 0; step < 60 && (await page.evaluate(isAtStart)) === false; step++) await page.keyboard.press('Enter')
  expect(await page.locator('.wire [data-state="now"]').count()).toBe(2)
  expect(await page.locator('.wire [data-state="later"]').count()).toBeGreaterThan(6)
  await tabTo(page, 'on')
  await page.keyboard.press('Enter')
  expect(await part(page, 'now').innerText()).toContain('The upstream answers 200.')
  await tabTo(page, 'scrub')
  await page.keyboard.press('End')
  expect(await page.locator('.wire [data-state="later"]').count()).toBe(0)
  expect(await part(page, 'clock').innerText()).toBe('600 ms of 600 ms')
  await tabTo(page, 'speed')
  await page.keyboard.press('Home') // slow, so that it still plays when it is paused
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Space')
  expect(await part(page, 'play').innerText()).toBe('Pause')
  await page.keyboard.press('Space')
  expect(await part(page, 'play').innerText()).toBe('Play')
  expect(await page.locator('.wire [data-state="later"]').count()).toBeGreaterThan(0)
  await page.keyboard.press('Tab')
  await page.keyboard.press('End')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Space')
  await page.waitForFunction(`document.querySelectorAll('.wire [data-state="later"]').length === 0`)
  await page.waitForFunction(`document.querySelector('[data-part="play"]').textContent === 'Play'`)
})

test('with reduced motion nothing moves by itself, and the steps are there', LONG, async () => {
  const page = await open('', { reducedMotion: 'reduce' })
  expect(await part(page, 'play').isVisible()).toBe(false)
  expect(await part(page, 'still').isVisible()).toBe(true)
  await part(page, 'scrub').focus()
  await page.keyboard.press('Space')
  await part(page, 'back').click()
  await part(page, 'back').click()
  expect(await part(page, 'clock').innerText()).toBe('800 ms of 1 s')
  expect(await page.evaluate('document.getAnimations().length')).toBe(0)
  await part(page, 'on').click()
  expect(await part(page, 'now').innerText()).toContain('Stopbit classifies the failure: body-reset.')
  expect(await page.locator('[data-side="plain"] .wire-verdict').isVisible()).toBe(true)
  expect(await page.locator('[data-side="stopbit"] .wire-verdict').isVisible()).toBe(false)
})

test('a link holds the whole choice, and one that leads nowhere says so', LONG, async () => {
  const page = await open()
  await part(page, 'trace').selectOption('anthropic/cut-in-text')
  await part(page, 'permutation').selectOption('anthropic/cut-in-text/ending:eof')
  await part(page, 'ending').selectOption('truncate')
  await part(page, 'show').selectOption('stopbit')
  await page.waitForURL('**#trace=anthropic/cut-in-text/ending:eof&ending=truncate&show=stopbit')
  const again = await open(new URL(page.url()).hash)
  expect(await again.locator('[data-side]').count()).toBe(1)
  expect(await readSide(again, 'stopbit')).toMatchObject({ verdict: 'truncation-told' })
  expect(await part(again, 'permutation').inputValue()).toBe('anthropic/cut-in-text/ending:eof')
  await again.evaluate(`location.hash = '#trace=tls/complete'`)
  await again.locator('stopbit-playground[data-state="failed"]').waitFor()
  expect(await part(again, 'title').innerText()).toBe('There is no trace tls/complete in the playground.')
})

test('a load that was overtaken changes nothing on the page', LONG, async () => {
  const page = await open()
  const { promise: mayPass, resolve: letPass } = Promise.withResolvers<void>()
  let slow = ''
  await page.route(/\/reset-in-tool-call\.trace\./, async (route) => {
    slow = route.request().url()
    await mayPass
    await route.continue()
  })
  const asked = page.waitForRequest(/\/reset-in-tool-call\.trace\./)
  await part(page, 'trace').selectOption('anthropic/reset-in-tool-call')
  await asked
  await part(page, 'trace').selectOption('anthropic/cut-in-text')
  await page.waitForURL('**#trace=anthropic/cut-in-text/ending:rst&**')
  letPass()
  await page.evaluate(`import('${slow}')`) // the same module: whoever asked for it before has it by now
  expect(await part(page, 'trace').inputValue()).toBe('anthropic/cut-in-text')
  expect(await part(page, 'permutation').inputValue()).toBe('anthropic/cut-in-text/ending:rst')
  expect(await part(page, 'permutation').locator('option').count()).toBe(4)
})

test('a test is copied as it stands on the page, and only the chosen trace is loaded', LONG, async () => {
  const page = await site.openPage('/', { permissions: ['clipboard-read', 'clipboard-write'] })
  const traces: string[] = []
  page.on('request', (request) => {
    if (/\.trace\./.test(request.url())) traces.push(request.url())
  })
  await page.goto(`${site.url()}playground/#trace=openai-responses/cut-in-text/ending:fin`)
  await ready(page)
  expect(traces).toHaveLength(1)
  await part(page, 'copy-test').click()
  await page.getByText('The test is on the clipboard.').waitFor()
  const copied = await page.evaluate('navigator.clipboard.readText()')
  expect(copied).toBe(toTest(await loadPermutation('openai-responses/cut-in-text/ending:fin')))
})

test.each([
  ['desktop', { width: 1280, height: 900 }],
  ['mobile', { width: 390, height: 844 }],
])(
  'on %s axe finds nothing serious in the dark nor in the light, and nothing is wider than the page',
  LONG,
  async (device, viewport) => {
    const page = await open('#trace=incidents/firewall-cuts-thinking-at-30s', { viewport, colorScheme: 'dark' })
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.locator(`html[data-theme="${colorScheme}"]`).waitFor()
      expect(await findFaults(page), colorScheme).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
      await part(page, 'stage').scrollIntoViewIfNeeded()
      await site.shoot(page, `playground-${device}-${colorScheme}`)
    }
  },
)
