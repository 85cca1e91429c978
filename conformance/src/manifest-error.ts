/** A manifest, or a list that belongs to it, that cannot be used. The message names file, place and rule. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}
