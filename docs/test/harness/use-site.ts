import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { buildSite } from '../../scripts/build-site.ts'
import { serveSite } from '../../scripts/serve-site.ts'

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** Where screenshots go, to be looked at. */
const SHOTS: string = join(import.meta.dirname, '../.output')

/** The built site on 127.0.0.1, in one Chromium for a whole test file. */
export interface Site {
  /** Ends with a slash. */
  url(): string
  /** The folder that is served. */
  folder(): string
  /**
   * A page of the site, in a context of its own, closed when the test is over. By then it must have asked no other origin, and
   * logged no error.
   *
   * @param path root-relative: `/playground/`
   */
  openPage(path: string, options?: BrowserContextOptions): Promise<Page>
  /** Writes a picture to `docs/test/.output/NAME.png`. */
  shoot(page: Page, name: string): Promise<void>
}

/** Starts the machine's Chromium, or the one that the variable `CHROMIUM_PATH` names. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', args: ARGS })
}

/** To be called once, at the top of a test file. The site is built unless it already is, once for all files. */
export function useSite(): Site {
  let browser: Browser | undefined
  let served: Awaited<ReturnType<typeof serveSite>> | undefined
  beforeAll(async () => {
    await buildSite()
    served = await serveSite(0)
    browser = await launchChromium()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    served?.server.close()
    served?.server.closeAllConnections()
  })
  const inTest = (): NonNullable<typeof served> => {
    if (served === undefined) throw new Error('The site is served in tests alone')
    return served
  }
  const url = (): string => inTest().url
  return {
    url,
    folder: () => inTest().folder,
    async openPage(path, options = {}) {
      if (browser === undefined) throw new Error('The browser runs in tests alone')
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      onTestFinished(() => context.close())
      const page = await context.newPage()
      watch(page, new URL(url()).origin)
      await page.goto(new URL(path, url()).href)
      return page
    },
    async shoot(page, name) {
      mkdirSync(SHOTS, { recursive: true })
      await page.screenshot({ path: join(SHOTS, `${name}.png`) })
    },
  }
}

function watch(page: Page, origin: string): void {
  const foreign: string[] = []
  const problems: string[] = []
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url())
    if (asked !== origin && protocol !== 'data:' && protocol !== 'blob:') foreign.push(request.url())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  onTestFinished(() => expect({ foreign, problems }).toEqual({ foreign: [], problems: [] }))
}
