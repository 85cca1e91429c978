import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const SUITE_FOLDER = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Programs of the suite itself are TypeScript in the repository and compiled in the package, where Node would not run TypeScript: a
 * script that is not there is taken from `dist`.
 */
export function compiledProgram(command: readonly string[], cwd: string): readonly string[] {
  return command.map((part) => {
    if (!part.endsWith('.ts') || existsSync(resolve(cwd, part))) return part
    const compiled = join(SUITE_FOLDER, 'dist', relative(SUITE_FOLDER, resolve(cwd, part)).replace(/\.ts$/, '.js'))
    return existsSync(compiled) ? compiled : part
  })
}
