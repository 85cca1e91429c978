import { z } from 'zod'
import { limitsSchema } from './limits-schema.ts'
import type { UpstreamScripts, UpstreamStep } from './trace.ts'

const note = z.string().exactOptional()
const fault = z.literal(true).exactOptional()
const ms = z.number().positive()

const PAYLOAD_KEYS = ['text', 'base64', 'sse', 'lines'] as const

// One object with a rule instead of four alternatives: an error in it then names the key and not "no alternative fits".
const send = z
  .strictObject({
    do: z.literal('send'),
    as: z.enum(['head', 'chunk', 'raw']),
    text: z.string().exactOptional(),
    base64: z.base64().exactOptional(),
    sse: z
      .array(z.strictObject({ event: z.string().exactOptional(), data: z.unknown() }))
      .min(1)
      .exactOptional(),
    lines: z.array(z.string()).min(1).exactOptional(),
    truncateTo: z.int().nonnegative().exactOptional(),
    chunkBytes: z.int().positive().exactOptional(),
    splitAt: z.array(z.int().positive()).exactOptional(),
    note,
  })
  .refine((step) => PAYLOAD_KEYS.filter((key) => step[key] !== undefined).length === 1, {
    error: `a send step carries exactly one of ${PAYLOAD_KEYS.join(', ')}`,
  })
  .meta({ oneOf: PAYLOAD_KEYS.map((key) => ({ required: [key] })) })

/** The upstream's steps, one schema per `do`. */
const step = z.discriminatedUnion('do', [
  send,
  z.strictObject({ do: z.literal('accept'), delayMs: ms, note }),
  z.strictObject({ do: z.literal('refuse'), fault, note }),
  z.strictObject({ do: z.literal('read-request'), until: z.enum(['head', 'body']).exactOptional(), note }),
  z.strictObject({ do: z.literal('chunk-end'), note }),
  z.strictObject({ do: z.literal('wait'), ms, scale: z.boolean().exactOptional(), note }),
  z.strictObject({
    do: z.literal('barrier'),
    until: z.enum(['client-has-complete-events', 'client-has-bytes', 'client-quiet', 'client-closed', 'request-read']),
    n: z.int().positive().exactOptional(),
    elseMs: ms,
    note,
  }),
  z.strictObject({ do: z.literal('fin'), fault, note }),
  z.strictObject({ do: z.literal('rst'), fault, note }),
  z.strictObject({ do: z.literal('stall'), boundedBy: limitsSchema.keyof(), fault, note }),
  z.strictObject({ do: z.literal('expect-abort'), withinMs: ms, note }),
  z.strictObject({ do: z.literal('loop'), note }),
]) as unknown as z.ZodType<UpstreamStep> // the rule above is what makes `send` a union; TypeScript cannot see it

/** The upstream's scripts; see `trace.ts` for their meaning. */
export const upstreamScriptsSchema: z.ZodType<UpstreamScripts> = z.strictObject({
  connections: z
    .array(z.strictObject({ reuse: z.literal('any').exactOptional(), script: z.array(step).min(1) }))
    .min(1),
})
