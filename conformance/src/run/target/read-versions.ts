import { execFile } from 'node:child_process'
import { ManifestError } from '../../manifest-error.ts'
import type { CommandTarget } from '../../manifest.ts'
import type { Target } from '../../read-manifest.ts'
import type { Versions } from '../../verdict.ts'

const TIMEOUT_MS = 10_000

/** By command: a program's version does not change while a suite runs. */
const known = new Map<string, Promise<string>>()

/** What the target's `versions` command prints, under the target's name; nothing for one that has none. Rejects when there is no such program. */
export async function readVersions({ versions, install }: CommandTarget, name: string, cwd: string): Promise<Versions> {
  if (versions === undefined) return {}
  const key = JSON.stringify([versions, cwd])
  const asked = known.get(key) ?? ask(versions, install, cwd)
  known.set(key, asked)
  return { [name]: await asked }
}

/** Rejects with a `ManifestError` that says how to install it when the program of a target is not there, before anything is run. */
export async function checkPrograms(targets: readonly Target[]): Promise<void> {
  for (const { name, cwd, manifest } of targets) {
    if (!('command' in manifest.target)) continue
    await readVersions(manifest.target, name, cwd).catch((error: unknown) => {
      throw new ManifestError(`${name}: ${(error as Error).message}`, { cause: error })
    })
  }
}

/** The sentence for a program that is not there. */
export function missingProgram(program: string, install: string | undefined): string {
  return `there is no program "${program}"${install === undefined ? '' : `; to install it: ${install}`}`
}

async function ask(
  [program, ...args]: readonly [string, ...string[]],
  install: string | undefined,
  cwd: string,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    execFile(
      program === 'node' ? process.execPath : program,
      args,
      { cwd, timeout: TIMEOUT_MS },
      (error, stdout, stderr) => {
        if (error?.code === 'ENOENT') return reject(new Error(missingProgram(program, install)))
        const version = /\d+\.\d+[\w.+-]*/.exec(`${stdout}\n${stderr}`)?.[0]
        return version === undefined
          ? reject(new Error(`"${[program, ...args].join(' ')}" tells no version`))
          : resolve(version)
      },
    )
  })
}
