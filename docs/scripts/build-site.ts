import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { withLock } from './with-lock.ts'
import { writeApiPages } from './write-api-pages.ts'

const DOCS = join(import.meta.dirname, '..')
const DIST = join(DOCS, 'dist')

/** The built site: a link to the folder of the last build, which stays when there is a newer one. */
export const SITE: string = join(DIST, 'site')

/** What the site is made of, from the root of the repository. */
const SOURCES = [
  'docs/{src,public,samples,scripts}/**/*',
  'docs/{astro.config.mjs,package.json}',
  'packages/*/{src/**/*.ts,package.json}',
  'conformance/traces/**/*.json',
]

/**
 * Builds the site, unless nothing that it is made of has changed since the last time. Two processes do not build at once: the
 * second finds it built. Throws with what Astro said if it cannot be built.
 */
export function buildSite(): Promise<void> {
  return withLock(join(DIST, 'building'), build)
}

async function build(): Promise<void> {
  await writeApiPages()
  const previous = existsSync(SITE) ? realpathSync(SITE) : undefined
  if (previous !== undefined && statSync(previous).mtimeMs > newestSource()) return
  const startedAt = new Date()
  const folder = mkdtempSync(join(DIST, 'site-'))
  await runAstro(folder)
  utimesSync(folder, startedAt, startedAt) // what changed meanwhile is for the next build
  const link = join(DIST, 'site.next')
  rmSync(link, { force: true })
  symlinkSync(basename(folder), link)
  renameSync(link, SITE)
  for (const old of globSync('site-*', { cwd: DIST }).map((name) => join(DIST, name))) {
    if (old !== folder && old !== previous) rmSync(old, { recursive: true })
  }
}

async function runAstro(folder: string): Promise<void> {
  // Astro's cache of pages does not notice that its configuration has changed.
  const astro = spawn('astro', ['build', '--force', '--outDir', folder], {
    cwd: DOCS,
    env: {
      ...process.env,
      ASTRO_TELEMETRY_DISABLED: '1',
      FORCE_COLOR: '0',
      PATH: `${join(DOCS, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  for (const stream of [astro.stdout, astro.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  const [code] = (await once(astro, 'close')) as [number | null]
  if (code === 0) return
  rmSync(folder, { recursive: true, force: true })
  throw new Error(`Cannot build the site:\n${Buffer.concat(said).toString()}`)
}

function newestSource(): number {
  const root = join(DOCS, '..')
  return Math.max(...globSync(SOURCES, { cwd: root }).map((file) => statSync(join(root, file)).mtimeMs))
}
