export { ENDING_POLICIES } from './dialects/dialect.ts'
export type {
  Closing,
  ClosingContext,
  Dialect,
  Ending,
  EndingPolicy,
  ErrorCause,
  ErrorResponse,
  Framing,
  Refusal,
  Scanner,
  StreamState,
  UpstreamError,
} from './dialects/dialect.ts'
export { DIALECTS, detectDialect } from './dialects/table.ts'
export { createFinalizer } from './finalizer/create-finalizer.ts'
export type { Finalizer, FinalizerOptions, PushResult } from './finalizer/finalizer.ts'
export type { LineEnding } from './framing/event-framer.ts'
export { mediaType } from './framing/media-type.ts'
export { finalizeChunks, type FinalizeOptions } from './wrap/finalize-chunks.ts'
export { createFinalizerTransform, finalizeStream } from './wrap/finalize-stream.ts'
export { readRequestFacts, type RequestFacts } from './request-facts.ts'
