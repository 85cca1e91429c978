import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { describeFirstIssue } from '@stopbit/traces'
import { readKnownFailing, type KnownFailing } from './known-failing.ts'
import { ManifestError } from './manifest-error.ts'
import { MANIFEST_SCHEMAS, TARGET_KINDS } from './manifest-schema.ts'
import type { Manifest } from './manifest.ts'
import { findUnknownPlaceholder } from './run/target/fill-template.ts'

/** A manifest with its place; the target's folder is relative to it. */
export interface Target {
  /** File name without folder and `.json`. */
  readonly name: string
  readonly manifest: Manifest
  /** Where a command is started. Absolute. */
  readonly cwd: string
  /** The manifest's folder, absolute: templates and modules are relative to it. Default `cwd`. */
  readonly folder?: string
  /** What the file `<name>.known-failing.json` beside the manifest lists. */
  readonly knownFailing?: readonly KnownFailing[]
}

/** Reads a target manifest. Throws a `ManifestError`, such as `x.json: environment[3]: is no variable of the contract (CONTRACT.md)`. */
export function readManifest(file: string): Target {
  const manifest = parseManifest(readText(file), file)
  const name = file.replace(/^.*[/\\]/, '').replace(/\.json$/, '')
  const folder = resolve(dirname(file))
  checkFiles(manifest, folder, file)
  const cwd = resolve(folder, ('command' in manifest.target ? manifest.target.cwd : undefined) ?? '.')
  return { name, manifest, folder, cwd, knownFailing: readKnownFailing(file) }
}

/** As `readManifest`, from text that is already there; the files that it names are not looked at. */
export function parseManifest(text: string, file: string): Manifest {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new ManifestError(`${file}: is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const target = (document as { readonly target?: unknown } | null)?.target
  const kinds = TARGET_KINDS.filter((kind) => typeof target === 'object' && target !== null && kind in target)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1)
    throw new ManifestError(`${file}: target: needs exactly one of ${TARGET_KINDS.join(', ')}`)
  const result = MANIFEST_SCHEMAS[kind].safeParse(document)
  if (!result.success) throw new ManifestError(`${file}: ${describeFirstIssue(result.error, document)}`)
  return result.data
}

/** What the manifest names must be there before a trace is played. */
function checkFiles({ target, environment }: Manifest, folder: string, file: string): void {
  if ('module' in target && !existsSync(resolve(folder, target.module)))
    throw new ManifestError(`${file}: target.module: there is no file ${target.module}`)
  if (!('command' in target) || target.configTemplate === undefined) return
  const { from } = target.configTemplate
  const unknown = findUnknownPlaceholder(readText(resolve(folder, from)), environment)
  if (unknown !== undefined) throw new ManifestError(`${file}: target.configTemplate: ${from}: ${unknown}`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ManifestError(`${file}: cannot be read`, { cause: error })
  }
}
