import { chromium, type BrowserContextOptions, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'

/** A page in a real Chromium. When the test is over it must have asked no other origin, and logged no error. */
export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  onTestFinished(() => browser.close())
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const foreign: string[] = []
  const problems: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) foreign.push(request.url())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    // A gateway that is gone refuses connections, which the console tells by itself.
    if (message.type() === 'error' && !message.text().includes('ERR_')) problems.push(message.text())
  })
  onTestFinished(() => expect({ foreign, problems }).toEqual({ foreign: [], problems: [] }))
  await page.goto(url)
  await page.locator('#connection[data-state=live]').waitFor()
  return page
}
