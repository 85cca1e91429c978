import { findIdleEntries } from '../known-failing.ts'
import { loadTraces } from '../load-traces.ts'
import { ManifestError } from '../manifest-error.ts'
import { readManifest, type Target } from '../read-manifest.ts'

/** Reads a manifest and holds its list of known failures against the suite. Throws a `ManifestError`. */
export function readTarget(file: string): Target {
  const target = readManifest(file)
  const idle = findIdleEntries(
    target.knownFailing ?? [],
    loadTraces().map(({ trace }) => trace),
  )
  if (idle[0] !== undefined) throw new ManifestError(`${target.name}.known-failing.json: ${idle[0]}`)
  return target
}
