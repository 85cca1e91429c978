/** A peer did not start, or did not answer as it has to, and why. Anything else that is thrown is a defect of the benchmark. */
export class NoMeasurement extends Error {
  override readonly name = 'NoMeasurement'
}
