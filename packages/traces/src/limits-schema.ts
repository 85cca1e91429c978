import { z } from 'zod'
import type { Limits } from './limits.ts'

/** A day. Timers of 25 days and more would run off at once. */
export const MAX_MS = 86_400_000

const ms = z.int().positive().max(MAX_MS).exactOptional()

type LimitsShape = { [Name in keyof Limits]-?: z.ZodExactOptional<z.ZodInt> }

/** Whole, positive milliseconds under the option names of Stopbit. */
export const limitsSchema: z.ZodObject<LimitsShape, z.core.$strict> = z.strictObject({
  connectTimeoutMs: ms,
  headersTimeoutMs: ms,
  idleTimeoutMs: ms,
  progressTimeoutMs: ms,
  totalTimeoutMs: ms,
  retryBackoffMs: ms,
  retryWindowMs: ms,
  commitAfterMs: ms,
  heartbeatMs: ms,
  listenerKeepaliveMs: ms,
  drainDeadlineMs: ms,
})
