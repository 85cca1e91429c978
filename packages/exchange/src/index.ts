export type { RequestBodyKind } from './attempts.ts'
export type { ExchangeMessages, ExchangeStart, LiveExchange } from './channels.ts'
export { checkCredential } from './check-credential.ts'
export { Exchange } from './exchange.ts'
export { guardCallback } from './guard-callback.ts'
export { LiveExchanges, type Finishable, type LiveEntry } from './live-exchanges.ts'
export type { ExchangeContext, ExchangeRequest } from './machine/core.ts'
export type { Misuse } from './machine/misuse.ts'
export { MemoryBudget, PROCESS_MEMORY } from './memory-budget.ts'
export { mergeHeaders } from './merge-headers.ts'
export {
  CLIENT_GONE_POLICIES,
  COMMIT_POLICIES,
  OptionError,
  resolveExchangeOptions,
  type ClientGonePolicy,
  type CommitPolicy,
  type ExchangeOptions,
  type ResolvedExchangeOptions,
} from './options.ts'
export { Origin, type RetryReason } from './origin.ts'
export type { AttemptRecord, ExchangeEnding, ExchangeRecord } from './record.ts'
export { readUpload, type UploadChunk, type UploadEvents } from './read-upload.ts'
export { RETRY_POLICIES, type RetryPolicy } from './retry-policy.ts'
export type { Clock, ExchangeSink, HeaderList, RetryNotice, StallWarning, UpstreamRequest } from './sink.ts'
