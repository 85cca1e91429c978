import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { launchChromium, startSite } from '../browser/open-browser.ts'
import { SELECTION } from './cells.ts'
import { BARRIER_MS, loadPermutation, pairOf, SCALE } from './compare.ts'
import { startRawUpstream } from './raw-upstream.ts'
import { readInTurn } from './read-in-turn.ts'
import type { PageReading } from './reader-page.ts'

/** The browser's `fetch` at one trace, behind a socket and under replay. */
export interface PageCell {
  readonly traceId: string
  readonly raw: PageReading
  readonly replayed: PageReading
}

/** Reads every trace of the selection in a real Chromium: first behind sockets, then under a service worker's replay. */
export async function compareInChromium(): Promise<PageCell[]> {
  const traces = await Promise.all(SELECTION.map(loadPermutation))
  const site = await startSite(
    join(import.meta.dirname, 'reader-page.ts'),
    '<script type="module" src="/page.js"></script>',
  )
  // The raw upstreams are other origins, and a trace has no CORS fields.
  const browser = await launchChromium('--disable-web-security')
  try {
    const reads = new Map<string, number>()
    const news = new EventEmitter().setMaxListeners(0)
    const page = await openReader(await browser.newPage(), site.url, (origin, bytes) => {
      reads.set(origin, bytes)
      news.emit(origin)
    })
    const clientHas = async (origin: string, bytes: number): Promise<void> => {
      while ((reads.get(origin) ?? -1) < bytes) await once(news, origin)
    }
    const jobs = traces.map((trace) => ({ trace }))
    const read = (url: string, limitMs: number): Promise<PageReading> =>
      page.evaluate(([from, ms]) => window.read(from, ms), [url, limitMs] as const)
    const raw = await readInTurn(jobs, async ({ trace }, limitMs) => {
      // Of a coded body the page counts what it decodes to.
      const coded = JSON.stringify(trace.upstream).includes('content-encoding')
      const upstream = await startRawUpstream(trace, SCALE, coded ? async () => undefined : clientHas)
      const reading = await read(upstream.url, limitMs)
      await upstream.close()
      return reading
    })
    await page.evaluate((timing) => window.startReplay(timing), { scale: SCALE, barrierMs: BARRIER_MS.browser })
    const replayed = await readInTurn(jobs, ({ trace }, limitMs) => read(`https://replay.test/${trace.id}`, limitMs))
    return SELECTION.map((traceId, index) => ({ traceId, ...pairOf(raw, replayed, index) }))
  } finally {
    await browser.close()
    await site.close()
  }
}

async function openReader(page: Page, url: string, onRead: (origin: string, bytes: number) => void): Promise<Page> {
  await page.exposeFunction('noteRead', onRead)
  await page.goto(url)
  await page.waitForFunction(() => typeof window.read === 'function')
  return page
}
