import type { Delivery } from './finalize-cut.ts'

/** How every stream is delivered and cut: four ways, with both kinds of end. 7 splits every multi-byte character and CRLF. */
export const DELIVERIES: readonly Delivery[] = [
  { upstream: 'whole', downstream: 'as-written', end: 'body-reset' },
  { upstream: 1, downstream: 'whole', end: 'body-reset' },
  { upstream: 7, downstream: 'as-written', end: 'clean' },
  { upstream: 'whole', downstream: 1, end: 'clean' },
]
