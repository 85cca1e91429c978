import { z } from 'zod'
import type { Limits } from './limits.ts'

const ms = z.int().positive().exactOptional()

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
