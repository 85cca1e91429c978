import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const FUNCTION_AT = /`([\w#.]+)\(\)`[^`\n]*`((?:packages|apps|conformance)\/[\w./-]+\.ts)`/g
const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g

/**
 * Checks the Markdown files of the repository against the code: every function that is named together with its file is in
 * that file, and every relative link leads somewhere.
 *
 * @returns the violations, each with its place; empty if all is well.
 */
export function checkDocs(root: string): string[] {
  const files = globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'apps/*/*.md', 'conformance/*.md'], { cwd: root })
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const wrong: string[] = []
    for (const [, name = '', path = ''] of text.matchAll(FUNCTION_AT)) {
      const code = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined
      if (code === undefined) wrong.push(`${file}: names ${path}, which does not exist`)
      else if (!defines(code, name)) wrong.push(`${file}: says that ${name}() is in ${path}, and it is not`)
    }
    for (const [, link = ''] of text.matchAll(LINK)) {
      if (!existsSync(resolve(root, dirname(file), link))) wrong.push(`${file}: links to ${link}, which does not exist`)
    }
    return wrong
  })
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
