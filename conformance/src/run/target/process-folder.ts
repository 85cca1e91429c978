import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { CommandTarget } from '../../manifest.ts'
import { fillTemplate } from './fill-template.ts'

/** The temporary folder of one process, `$DIR`, and what is started in it. */
export interface ProcessFolder {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Removes the folder. */
  readonly remove: () => void
}

/** Makes the folder of a process, writes its configuration there, and puts its path for `$DIR` in command and variables. */
export function makeProcessFolder(
  target: CommandTarget,
  folder: string,
  environment: Readonly<Record<string, string>>,
): ProcessFolder {
  const { command, env = {}, configTemplate } = target
  const texts = [...command, ...Object.values(env)]
  if (configTemplate === undefined && !texts.some((text) => text.includes('$DIR')))
    return { command, env, remove: () => undefined }
  const dir = mkdtempSync(join(tmpdir(), 'stopbit-target-'))
  const place = (text: string): string => text.replaceAll('$DIR', dir)
  if (configTemplate !== undefined) {
    const template = readFileSync(resolve(folder, configTemplate.from), 'utf8')
    writeFileSync(place(configTemplate.to), fillTemplate(template, environment, dir))
  }
  return {
    command: command.map(place),
    env: Object.fromEntries(Object.entries(env).map(([name, text]) => [name, place(text)])),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
