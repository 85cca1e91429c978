import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'node-html-parser'

/** A built page. */
export interface Page {
  /** `/patterns/drain/` */
  readonly path: string
  readonly byteLength: number
  /** Every `id`, and every `name` of an anchor. */
  readonly anchors: ReadonlySet<string>
  /** Where its links lead, as they are written. */
  readonly links: readonly string[]
  /** What a browser loads with it, as it is written. */
  readonly resources: readonly string[]
}

/** Reads every page of a built site. */
export function readSite(site: string): Page[] {
  return globSync('**/*.html', { cwd: site }).map((file) => {
    const html = readFileSync(join(site, file))
    const root = parse(html.toString())
    const attributes = (selector: string, name: string): string[] =>
      root.querySelectorAll(selector).flatMap((element) => element.getAttribute(name) ?? [])
    return {
      path: `/${file.replaceAll('\\', '/').replace(/(^|\/)index\.html$/, '$1')}`,
      byteLength: html.length,
      anchors: new Set(attributes('[id]', 'id')),
      links: attributes('a[href]', 'href'),
      resources: [
        ...attributes(
          'link[rel=stylesheet], link[rel=icon], link[rel="shortcut icon"], link[rel=modulepreload]',
          'href',
        ),
        ...attributes('script[src], img[src], iframe[src], source[src], video[src], audio[src]', 'src'),
        // An inlined module imports its parts.
        ...root.querySelectorAll('script[type=module]').flatMap(({ textContent }) => importsOf(textContent)),
      ],
    }
  })
}

/** What a script imports, at once or by itself when it runs. */
export function importsOf(script: string): string[] {
  return [...script.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.{0,2}\/[^"']+\.js)["']/g)].map(([, path = '']) => path)
}
