import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { REPOSITORY } from '../src/site.ts'
import { importsOf, readSite, type Page } from './read-site.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What a page and all that it loads may weigh, without compression. The playground brings the core along. */
const MAX_BYTES = 300 * 1024
const PLAYGROUND = '/playground/'

/** What was found in a built site. */
export interface SiteFindings {
  /** Each with its page; empty if all is well. */
  readonly violations: readonly string[]
  /** Page to the bytes of all that it loads, the heaviest first. */
  readonly weights: readonly (readonly [path: string, bytes: number])[]
}

/** Checks that every link leads somewhere, that nothing is loaded from elsewhere, and what each page weighs. */
export function checkSite(site: string): SiteFindings {
  const pages = readSite(site)
  const byPath = new Map(pages.map((page) => [page.path, page]))
  const weights = pages.map((page) => [page.path, weigh(site, page)] as const).toSorted((a, b) => b[1] - a[1])
  return {
    weights,
    violations: grouped([
      ...pages.flatMap((page) => page.links.map((link) => [page.path, checkLink(site, byPath, page, link)] as const)),
      ...pages.flatMap((page) => page.resources.map((url) => [page.path, checkResource(site, page, url)] as const)),
      ...weights.map(([path, bytes]) => [path, checkWeight(path, bytes)] as const),
    ]),
  }
}

/** One line for all pages with the same fault: what is wrong with the frame of the site is wrong with each of them. */
function grouped(findings: readonly (readonly [path: string, wrong: string | undefined])[]): string[] {
  const paths = Map.groupBy(findings, ([, wrong]) => wrong)
  paths.delete(undefined)
  return [...paths].map(([wrong = '', of]) => {
    const pages = [...new Set(of.map(([path]) => path))]
    const others = pages.length > 1 ? ` and ${pages.length - 1} more` : ''
    return `${String(pages[0])}${others}: ${wrong}`
  })
}

function checkWeight(path: string, bytes: number): string | undefined {
  if (bytes <= MAX_BYTES || path === PLAYGROUND) return undefined
  return `weighs ${Math.ceil(bytes / 1024)} KiB, more than ${MAX_BYTES / 1024}`
}

function checkLink(site: string, byPath: ReadonlyMap<string, Page>, from: Page, link: string): string | undefined {
  if (link.startsWith(`${REPOSITORY}/`)) return checkSourceLink(link)
  if (/^(https?:|mailto:)/.test(link)) return undefined
  const { pathname, hash } = new URL(link, `http://site${from.path}`)
  const path = decodeURIComponent(pathname)
  const page = byPath.get(path)
  if (page === undefined) {
    if (byPath.has(`${path}/`)) return `links to ${link} without the slash at its end`
    const file = join(site, path)
    return existsSync(file) && statSync(file).isFile() ? undefined : `links to ${link}, which is not there`
  }
  const anchor = decodeURIComponent(hash.slice(1))
  if (anchor === '' || anchor === '_top' || page.anchors.has(anchor)) return undefined
  if (path === PLAYGROUND && isKnownTrace(new URLSearchParams(anchor).get('trace') ?? '')) return undefined
  return `links to ${link}, and there is no such place on that page`
}

/** The id of a trace, or of one of its permutations: `anthropic/cut-in-text/ending:rst`. */
function isKnownTrace(id: string): boolean {
  const base = id.split('/').filter((part) => !part.includes(':'))
  return base.length === 2 && existsSync(join(ROOT, 'conformance/traces', `${base.join('/')}.trace.json`))
}

/** A link into the repository, which has the file as long as the branch is this one. */
function checkSourceLink(link: string): string | undefined {
  const [, path] = /^\/(?:blob|tree|edit)\/main\/([^#?]+)/.exec(link.slice(REPOSITORY.length)) ?? []
  if (path === undefined || existsSync(join(ROOT, decodeURIComponent(path)))) return undefined
  return `links to ${path} in the repository, which is not there`
}

function checkResource(site: string, { path }: Page, url: string): string | undefined {
  if (url.startsWith('data:')) return undefined
  const { host, pathname } = new URL(url, `http://site${path}`)
  if (host !== 'site') return `loads ${url} from elsewhere`
  return existsSync(join(site, pathname)) ? undefined : `loads ${url}, which is not there`
}

/** The page, what it loads, and what that loads. */
function weigh(site: string, page: Page): number {
  const files = new Set<string>()
  const queue = page.resources.map((url) => new URL(url, `http://site${page.path}`))
  for (const { host, pathname } of queue) {
    const file = join(site, pathname)
    if (host !== 'site' || files.has(file) || !existsSync(file)) continue
    files.add(file)
    const text = /\.(js|css)$/.test(file) ? readFileSync(file, 'utf8') : ''
    const parts = file.endsWith('.css') ? urlsOf(text) : importsOf(text)
    queue.push(...parts.map((part) => new URL(part, `http://site${dirname(pathname)}/`)))
  }
  return [...files].reduce((sum, file) => sum + statSync(file).size, page.byteLength)
}

function urlsOf(css: string): string[] {
  return [...css.matchAll(/url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']/g)]
    .map(([, url, imported]) => url ?? imported ?? '')
    .filter((url) => !url.startsWith('data:') && !url.startsWith('#'))
}
