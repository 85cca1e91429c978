import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const FUNCTION_AT = /`([\w#.]+)\(\)`[^`\n]*`((?:packages|apps|conformance)\/[\w./-]+\.ts)`/g
const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g

/** The pages of the site. Their links begin at its root. */
const PAGES = 'docs/src/content/docs'
/** Made by the build, which checks the links to it as well. */
const MADE_BY_BUILD = '/reference/api/'

/**
 * Checks the Markdown files of the repository against the code: every function that is named together with its file is in
 * that file, and every link to a file or to a page of the site leads somewhere.
 *
 * @returns the violations, each with its place; empty if all is well.
 */
export function checkDocs(root: string): string[] {
  const files = globSync(
    ['*.md', `${PAGES}/**/*.{md,mdx}`, 'packages/*/*.md', 'apps/*/*.md', 'conformance/*.md', 'docs/*.md'],
    { cwd: root },
  ).filter((file) => !file.startsWith(`${PAGES}${MADE_BY_BUILD}`))
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const wrong: string[] = []
    for (const [, name = '', path = ''] of text.matchAll(FUNCTION_AT)) {
      const code = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined
      if (code === undefined) wrong.push(`${file}: names ${path}, which does not exist`)
      else if (!defines(code, name)) wrong.push(`${file}: says that ${name}() is in ${path}, and it is not`)
    }
    for (const [, link = ''] of text.matchAll(LINK)) {
      if (!leadsSomewhere(root, file, link)) wrong.push(`${file}: links to ${link}, which does not exist`)
    }
    return wrong
  })
}

function leadsSomewhere(root: string, file: string, link: string): boolean {
  if (!link.startsWith('/')) return existsSync(resolve(root, dirname(file), link))
  if (!file.startsWith(`${PAGES}/`)) return false
  if (link.startsWith(MADE_BY_BUILD) || existsSync(join(root, 'docs/public', link))) return true
  const page = join(root, PAGES, link)
  return ['.md', '.mdx', '/index.md', '/index.mdx'].some((end) => existsSync(`${page.replace(/\/$/, '')}${end}`))
}

/** Whether the code has a function, method or property of that name; of `Exchange.start` the last part. */
function defines(code: string, name: string): boolean {
  const last = (name.split('.').at(-1) ?? name).replace('#', '')
  return new RegExp(`(?:function\\*? |#|^\\s+(?:async |readonly |get )*)${last}\\b\\s*[(:=<]`, 'm').test(code)
}

if (import.meta.main) {
  const wrong = checkDocs(join(import.meta.dirname, '..'))
  for (const line of wrong) process.stderr.write(`${line}\n`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
