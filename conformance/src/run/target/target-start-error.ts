/** The target could not be brought up: the harness cannot say anything about it. */
export class TargetStartError extends Error {
  override readonly name = 'TargetStartError'
}
