// Builds the site, checks it, and serves it from 127.0.0.1: ./run docs [--port N] [--check]
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { buildSite, SITE } from './build-site.ts'
import { checkSite } from './check-site.ts'
import { serveSite } from './serve-site.ts'

const SHOWN = 5

const { values } = parseArgs({ options: { port: { type: 'string', default: '4321' }, check: { type: 'boolean' } } })
const startedAt = performance.now()
await buildSite()
const { violations, weights } = checkSite(SITE)
process.stdout.write(
  `${weights.length} pages in ${((performance.now() - startedAt) / 1000).toFixed(1)} s; the heaviest:\n`,
)
for (const [path, bytes] of weights.slice(0, SHOWN))
  process.stdout.write(`  ${String(Math.ceil(bytes / 1024)).padStart(4)} KiB  ${path}\n`)
for (const violation of violations) process.stderr.write(`${violation}\n`)
if (violations.length > 0) process.exitCode = 1
else if (values.check !== true) {
  const { server, url } = await serveSite(Number(values.port))
  process.stdout.write(`The docs are at ${url}\n`)
  await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)))
  server.close()
  server.closeAllConnections()
}
