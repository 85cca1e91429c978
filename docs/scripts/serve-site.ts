import { createReadStream, realpathSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { SITE } from './build-site.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
}

export interface ServedSite {
  readonly server: Server
  readonly url: string
  readonly folder: string
}

/**
 * Serves the built site on 127.0.0.1.
 *
 * @param port 0 for any free one.
 * @returns the server, which listens, its URL, which ends with a slash, and the folder that it serves.
 */
export async function serveSite(port: number): Promise<ServedSite> {
  const site = realpathSync(SITE) // a build meanwhile changes nothing
  const server = createServer(({ url = '/', method }, response) => {
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405).end()
      return
    }
    const path = normalize(decodePath(url))
    sendFile(join(site, path.endsWith('/') ? `${path}index.html` : path), 200)
      .catch(() => sendFile(join(site, '404.html'), 404))
      .catch(() => response.destroy())

    async function sendFile(file: string, status: number): Promise<void> {
      const { size } = await stat(file)
      const type = TYPES[extname(file)] ?? 'application/octet-stream'
      response.writeHead(status, { 'content-type': type, 'content-length': size, 'cache-control': 'no-cache' })
      if (method === 'HEAD') response.end()
      else await pipeline(createReadStream(file), response)
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, folder: site }
}

/** A path that cannot be decoded is no page. `new URL` keeps it within the site. */
function decodePath(url: string): string {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname)
  } catch {
    return '/404'
  }
}
