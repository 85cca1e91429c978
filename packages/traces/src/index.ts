export { expandTrace, permutationId, type Permutation } from './expand-trace.ts'
export { isFaultStep } from './fault-step.ts'
export { findLeak } from './find-leak.ts'
export { formatTrace } from './format-trace.ts'
export { traceJsonSchema } from './json-schema.ts'
export { DEFAULT_LIMITS, effectiveLimits, type LimitName, type Limits } from './limits.ts'
export { DEFAULT_SCALE, LIVE_SILENCE_MS } from './lint-clocks.ts'
export { lintTrace, sha256Hex16 } from './lint-trace.ts'
export { describeFirstIssue, parseTrace } from './read-trace.ts'
export { REQUEST_PRESETS, resolveRequest, type ResolvedRequest } from './request-presets.ts'
export {
  bodyBytesBeforeFault,
  concatBytes,
  isBodySend,
  LAST_CHUNK,
  resolveSend,
  type ResolvedSend,
} from './resolve-send.ts'
export { TraceError } from './trace-error.ts'
export { traceSchema } from './trace-schema.ts'
export type {
  AbortStep,
  AcceptStep,
  AwaitStep,
  BarrierStep,
  BodyCheck,
  Calibrate,
  ChunkEndStep,
  ChunkHeaderStep,
  ClientPauseReadStep,
  ClientResumeReadStep,
  ClientStep,
  ClientWaitStep,
  ConnectStep,
  Cuts,
  Dialect,
  Expectation,
  ExpectAbortStep,
  Fidelity,
  FidelityMark,
  FinStep,
  H2ErrorCode,
  H2GoawayStep,
  H2PingFloodStep,
  H2RawStep,
  H2RstStreamStep,
  H2Step,
  H2WindowZeroStep,
  HalfCloseStep,
  LoopStep,
  Outcome,
  PauseReadStep,
  Provenance,
  ReadRequestStep,
  RefuseStep,
  RequestStep,
  ResumeReadStep,
  RstStep,
  SendPayload,
  SendStep,
  SseEvent,
  StallStep,
  Sweep,
  TlsStep,
  Trace,
  TruncateStep,
  UpstreamConnectionScript,
  UpstreamScripts,
  UpstreamStep,
  Variant,
  Variants,
  VariantStep,
  WaitStep,
} from './trace.ts'
