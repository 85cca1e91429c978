export {
  assertKeepsPartial,
  assertReadable,
  assertSettles,
  ClientAssertionError,
  findRawText,
  type Settled,
} from './assertions.ts'
export { DIFFERENCES, IMPOSSIBILITIES, type Difference, type Impossibility } from './differences.ts'
export { describeFidelity, fidelityOf, type ReplayFidelity } from './fidelity.ts'
export { partialTextOf } from './partial-text.ts'
export { replay, type ReplayOptions } from './replay.ts'
export { replayAll, TRACE_HEADER, type ReplayAllOptions } from './replay-all.ts'
