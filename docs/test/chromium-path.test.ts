import { expect, test, vi } from 'vitest'
import { launchChromium } from './harness/use-site.ts'

test('CHROMIUM_PATH names the browser that the site is tested in', async () => {
  vi.stubEnv('CHROMIUM_PATH', '/no/such/chromium')
  const launched = launchChromium()
  launched.then(
    (browser) => browser.close(),
    () => undefined,
  )
  await expect(launched).rejects.toThrow('/no/such/chromium')
})
