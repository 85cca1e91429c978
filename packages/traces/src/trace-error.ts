/** A trace that cannot be used. The message names the file, the place in the document and the rule. */
export class TraceError extends Error {
  override readonly name = 'TraceError'
}
