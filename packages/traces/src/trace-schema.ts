import { z } from 'zod'
import { clientStepSchema } from './client-step-schema.ts'
import { limitsSchema, MAX_MS } from './limits-schema.ts'
import type { Trace } from './trace.ts'
import { upstreamScriptsSchema, upstreamStepSchema } from './upstream-step-schema.ts'

const strings = z.array(z.string().min(1))
const fidelityMark = z.enum(['exact', 'assumed', 'synthetic', 'calibrated', 'unknown', 'not-applicable'])
const invariantId = z.string().regex(/^[A-Z]+-\d+[a-z]?$/, 'must be an invariant id such as RAW-1')

const provenance = z.strictObject({
  kind: z.enum(['recorded', 'reconstructed', 'synthetic']),
  sources: strings.exactOptional(),
  observed: z.record(z.string(), z.unknown()).exactOptional(),
  fidelity: z
    .strictObject({
      fault: fidelityMark,
      byteCount: fidelityMark,
      bytes: fidelityMark,
      framing: fidelityMark,
      timing: fidelityMark,
    })
    .exactOptional(),
  redaction: z
    .strictObject({
      policy: z.enum(['none-needed', 'filled']),
      reviewedBy: strings,
      tool: z.string().min(1).exactOptional(),
      rules: strings.exactOptional(),
    })
    .exactOptional(),
  recorder: z.strictObject({ name: z.string().min(1), version: z.string().min(1) }).exactOptional(),
})

const outcome = z.enum([
  'completed',
  'completed-sentinel',
  'error-in-band',
  'error-status',
  'client-left',
  'incomplete',
  'no-response',
])

const expectation = z.strictObject({
  outcome: z.array(outcome).min(1),
  must: z.array(invariantId).min(1),
  should: z.array(invariantId).exactOptional(),
  upstreamRequests: z.strictObject({ max: z.int().positive() }).exactOptional(),
  clientHasEvents: z.int().nonnegative().exactOptional(),
  mayPreempt: z.strictObject({ limit: limitsSchema.keyof(), belowMs: z.int().positive() }).exactOptional(),
})

const variant = z.strictObject({
  steps: z.array(upstreamStepSchema),
  limits: limitsSchema.exactOptional(),
  expect: z
    .strictObject({
      ...expectation.shape,
      outcome: expectation.shape.outcome.exactOptional(),
      must: expectation.shape.must.exactOptional(),
    })
    .exactOptional(),
})

/** Trace format v1 as a zod schema: strict, so that a misspelt key is an error and not a silent default. */
export const traceSchema: z.ZodType<Trace> = z.strictObject({
  $schema: z.string().exactOptional(),
  format: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'must be <group>/<slug> in lower case'),
  title: z.string().min(1),
  since: z.string().regex(/^\d{4}\.\d+$/, 'must be a suite release such as 2026.1'),
  dialect: z.enum(['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini', 'opaque']),
  family: z.string().min(1),
  tags: strings.exactOptional(),
  requires: strings,
  provenance,
  limits: limitsSchema.exactOptional(),
  calibrate: z
    .strictObject({
      measure: z.literal('listener-idle-close'),
      as: z.literal('T'),
      capMs: z.int().positive().max(MAX_MS),
    })
    .exactOptional(),
  sweep: z
    .strictObject({
      param: z.string().regex(/^[A-Za-z]+$/),
      relativeTo: z.literal('T'),
      offsets: z.array(z.int()).min(1).max(100),
      repeats: z.int().positive().max(100),
    })
    .exactOptional(),
  variants: z
    .strictObject({
      param: z.string().regex(/^[a-z][A-Za-z]*$/),
      values: z
        .record(z.string().regex(/^[a-z0-9-]+$/, 'must be in lower case with hyphens'), variant)
        .refine((values) => Object.keys(values).length > 0, { error: 'needs at least one value' }),
    })
    .exactOptional(),
  cuts: z
    .strictObject({
      from: z.int().nonnegative(),
      to: z.int().nonnegative().exactOptional(),
      step: z.int().positive().exactOptional(),
    })
    .exactOptional(),
  client: z.array(clientStepSchema).min(1),
  upstream: upstreamScriptsSchema,
  check: z
    .strictObject({
      bodyBytes: z.int().nonnegative(),
      bodySha256_16: z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hex digits'),
    })
    .exactOptional(),
  expect: expectation,
})
