import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { describeFirstIssue } from '@stopbit/traces'
import { readKnownFailing, type KnownFailing } from './known-failing.ts'
import { ManifestError } from './manifest-error.ts'
import { manifestSchema, type Manifest } from './manifest.ts'

/** A manifest with its place; the target's folder is relative to it. */
export interface Target {
  /** File name without folder and `.json`. */
  readonly name: string
  readonly manifest: Manifest
  /** Absolute. */
  readonly cwd: string
  /** What the file `<name>.known-failing.json` beside the manifest lists. */
  readonly knownFailing?: readonly KnownFailing[]
}

/** Reads a target manifest. Throws a `ManifestError`, such as `x.json: environment[3]: is no variable of the contract (CONTRACT.md)`. */
export function readManifest(file: string): Target {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new ManifestError(`${file}: cannot be read`, { cause: error })
  }
  const manifest = parseManifest(text, file)
  const name = file.replace(/^.*[/\\]/, '').replace(/\.json$/, '')
  const cwd = resolve(dirname(file), manifest.target.cwd ?? '.')
  return { name, manifest, cwd, knownFailing: readKnownFailing(file) }
}

/** As `readManifest`, from text that is already there. */
export function parseManifest(text: string, file: string): Manifest {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new ManifestError(`${file}: is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const result = manifestSchema.safeParse(document)
  if (!result.success) throw new ManifestError(`${file}: ${describeFirstIssue(result.error, document)}`)
  return result.data
}
