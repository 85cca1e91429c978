import { join } from 'node:path'
import { assertKeepsPartial, assertReadable } from '@stopbit/msw'
import { loadTrace } from '@stopbit/traces/data'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { launchChromium, startSite, type Site } from '../../browser/open-browser.ts'

const HTML = `<!doctype html><html lang="en"><title>Chat</title>
<form><button>Ask</button></form><p id="answer"></p><p role="status"></p>
<script type="module" src="/page.js"></script>`

let browser: Browser
let site: Site

vi.setConfig({ testTimeout: 30_000 }) // a browser on a loaded machine

beforeAll(async () => {
  site = await startSite(join(import.meta.dirname, 'page.ts'), HTML)
  browser = await launchChromium()
}, 30_000)

afterAll(async () => {
  await browser.close()
  await site.close()
})

/** Asks on a page of its own, in a context of its own, and returns what the page shows in the end. */
async function askOnPage(trace: string, permutation?: string): Promise<{ text: string; message: string }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const query = new URLSearchParams({ trace, ...(permutation === undefined ? {} : { permutation }) })
  await page.goto(`${site.url}/?${query}`)
  await page.locator('body[data-ready]').waitFor()
  await page.getByRole('button', { name: 'Ask' }).click()
  const status = page.getByRole('status')
  await status.filter({ hasText: /\w/ }).waitFor({ timeout: 15_000 }) // it settles
  const shown = { text: await page.locator('#answer').innerText(), message: await status.innerText() }
  await context.close()
  return shown
}

test.each(['ending:rst', 'ending:fin', 'ending:eof', 'ending:stall'])(
  'a page keeps an answer that is cut by %s, and says so',
  async (permutation) => {
    const { text, message } = await askOnPage('anthropic/cut-in-text', permutation)
    assertKeepsPartial(text, await loadTrace('anthropic/cut-in-text'))
    assertReadable(message)
  },
)

test('a page says when no answer comes', async () => {
  const { text, message } = await askOnPage('anthropic/rst-before-head')
  expect(text).toBe('')
  assertReadable(message)
})

test('a page shows a healthy answer as done', async () => {
  const { text, message } = await askOnPage('anthropic/complete-crlf')
  expect(text).not.toBe('')
  expect(message).toBe('Done.')
})
