import { createServer } from 'node:http'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { build } from 'esbuild'
import { chromium, type Browser } from 'playwright-core'

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** Starts the machine's Chromium. */
export function launchChromium(...args: readonly string[]): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  return chromium.launch({ executablePath, args: [...ARGS, ...args] })
}

/** A site on the loopback: the page of one bundled entry, with MSW's service worker beside it. */
export interface Site {
  readonly url: string
  close(): Promise<void>
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' }

/** Bundles `entry` and serves it as `/page.js`, with `html` as every page. */
export async function startSite(entry: string, html: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'stopbit-msw-'))
  const conditions = ['@stopbit/source']
  const options = { bundle: true, splitting: true, format: 'esm', conditions, logLevel: 'error' } as const
  await build({ ...options, entryPoints: { page: entry }, outdir: folder })
  const worker = createRequire(import.meta.url).resolve('msw/mockServiceWorker.js')
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://site').pathname)
    const isPage = extname(path) === ''
    const file = path === '/mockServiceWorker.js' ? worker : join(folder, path)
    const content = isPage ? Promise.resolve(html) : readFile(file)
    content.then(
      (body) => response.writeHead(200, { 'content-type': TYPES[isPage ? '.html' : extname(path)] ?? '' }).end(body),
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await rm(folder, { recursive: true })
    },
  }
}
