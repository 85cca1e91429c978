import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'

/** A file of the page. */
export interface PageFile {
  readonly type: string
  /** Reads it. Throws if it is missing. */
  readonly read: () => string
}

/** The page's scripts, by their module names. */
const SCRIPTS = [
  'page',
  'draw-failures',
  'draw-latency',
  'draw-timeline',
  'element',
  'live-table',
  'recent-list',
  'words',
]

/** All files of the page, by the paths that it asks for them by. None is read before it is asked for. */
export function pageFiles(): Readonly<Record<string, PageFile>> {
  // The page's own files are in `src/`, which is published, too; only its scripts are compiled.
  const source = join(import.meta.dirname, '../../src/status-page')
  const file = (name: string, type: string): PageFile => ({
    type,
    read: () => readFileSync(join(source, name), 'utf8'),
  })
  return {
    '/': file('page.html', 'text/html; charset=utf-8'),
    '/page/page.css': file('page.css', 'text/css; charset=utf-8'),
    '/page/icon.svg': file('icon.svg', 'image/svg+xml'),
    ...Object.fromEntries(SCRIPTS.map((name) => [`/page/${name}.js`, { type: SCRIPT, read: () => readScript(name) }])),
  }
}

const SCRIPT = 'text/javascript; charset=utf-8'

function readScript(name: string): string {
  const file = join(import.meta.dirname, 'browser', name)
  if (!import.meta.filename.endsWith('.ts')) return readFileSync(`${file}.js`, 'utf8')
  // Run from source: the same as the build makes of it.
  const text = stripTypeScriptTypes(readFileSync(`${file}.ts`, 'utf8'))
  return text.replaceAll(/ from '(\.\/[\w-]+)\.ts'/g, " from '$1.js'")
}
