export { expandTrace, permutationId, type Permutation } from './expand-trace.ts'
export { isFaultStep } from './fault-step.ts'
export { traceJsonSchema } from './json-schema.ts'
export { DEFAULT_LIMITS, effectiveLimits, type LimitName, type Limits } from './limits.ts'
export { DEFAULT_SCALE, LIVE_SILENCE_MS } from './lint-clocks.ts'
export { lintTrace, sha256Hex16 } from './lint-trace.ts'
export { describeFirstIssue, parseTrace } from './read-trace.ts'
export { REQUEST_PRESETS, resolveRequest, type ResolvedRequest } from './request-presets.ts'
export { bodyBytesBeforeFault, concatBytes, LAST_CHUNK, resolveSend, type ResolvedSend } from './resolve-send.ts'
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
  LoopStep,
  Outcome,
  Provenance,
  ReadRequestStep,
  RefuseStep,
  RequestStep,
  RstStep,
  SendPayload,
  SendStep,
  SseEvent,
  StallStep,
  Sweep,
  Trace,
  UpstreamConnectionScript,
  UpstreamScripts,
  UpstreamStep,
  Variant,
  Variants,
  VariantStep,
  WaitStep,
} from './trace.ts'
