import { z } from 'zod'
import { limitsSchema, MAX_MS } from './limits-schema.ts'
import type { UpstreamScripts, UpstreamStep } from './trace.ts'

const note = z.string().exactOptional()
const fault = z.literal(true).exactOptional()
const ms = z.number().positive().max(MAX_MS)

const h2ErrorCode = z.enum([
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'ENHANCE_YOUR_CALM',
])

const PAYLOAD_KEYS = ['text', 'base64', 'sse', 'lines'] as const

/** Of one step. The suite's largest sends 8 MiB. */
const MAX_SEND_BYTES = 32 * 1024 * 1024

/** About the bytes of a payload, before anything is made of it. */
function sizeOf({ repeat = 1, ...step }: { readonly repeat?: number; readonly [key: string]: unknown }): number {
  const carried = PAYLOAD_KEYS.map((key) => step[key] ?? '')
  return (
    carried.reduce<number>(
      (total, value) => total + (typeof value === 'string' ? value : JSON.stringify(value)).length,
      0,
    ) * repeat
  )
}

// One object with a rule instead of four alternatives: an error in it then names the key and not "no alternative fits".
const send = z
  .strictObject({
    do: z.literal('send'),
    as: z.enum(['head', 'chunk', 'raw', 'wire']),
    text: z.string().exactOptional(),
    base64: z.base64().exactOptional(),
    sse: z
      .array(z.strictObject({ event: z.string().exactOptional(), data: z.unknown() }))
      .min(1)
      .exactOptional(),
    lines: z.array(z.string()).min(1).exactOptional(),
    repeat: z.int().positive().max(MAX_SEND_BYTES).exactOptional(),
    truncateTo: z.int().nonnegative().exactOptional(),
    chunkBytes: z.int().positive().exactOptional(),
    splitAt: z.array(z.int().positive()).exactOptional(),
    everyMs: ms.exactOptional(),
    fault,
    note,
  })
  .refine((step) => PAYLOAD_KEYS.filter((key) => step[key] !== undefined).length === 1, {
    error: `a send step carries exactly one of ${PAYLOAD_KEYS.join(', ')}`,
  })
  .refine((step) => sizeOf(step) <= MAX_SEND_BYTES, {
    error: `sends more than ${MAX_SEND_BYTES} bytes, with its repeat`,
  })
  .meta({ oneOf: PAYLOAD_KEYS.map((key) => ({ required: [key] })) })

/** The upstream's steps, one schema per `do`. */
export const upstreamStepSchema: z.ZodType<UpstreamStep> = z.discriminatedUnion('do', [
  send,
  z.strictObject({ do: z.literal('accept'), delayMs: ms, note }),
  z.strictObject({ do: z.literal('refuse'), fault, note }),
  z.strictObject({
    do: z.literal('tls'),
    how: z.enum([
      'handshake-stall',
      'handshake-rst',
      'handshake-fin',
      'expired-cert',
      'wrong-host',
      'untrusted-cert',
      'garbage',
      'plain-http',
    ]),
    fault,
    note,
  }),
  z.strictObject({ do: z.literal('pause-read'), note }),
  z.strictObject({ do: z.literal('resume-read'), note }),
  z.strictObject({ do: z.literal('read-request'), until: z.enum(['head', 'body']).exactOptional(), note }),
  z.strictObject({
    do: z.literal('chunk-header'),
    size: z.union([z.int().nonnegative(), z.string()]),
    ext: z.string().exactOptional(),
    fault,
    note,
  }),
  z.strictObject({ do: z.literal('chunk-end'), trailers: z.array(z.string()).exactOptional(), fault, note }),
  z.strictObject({ do: z.literal('wait'), ms, scale: z.boolean().exactOptional(), note }),
  z.strictObject({
    do: z.literal('barrier'),
    until: z.enum(['client-has-complete-events', 'client-has-bytes', 'client-quiet', 'client-closed', 'request-read']),
    n: z.int().positive().exactOptional(),
    elseMs: ms,
    note,
  }),
  z.strictObject({ do: z.literal('fin'), fault, note }),
  z.strictObject({ do: z.literal('truncate'), fault, note }),
  z.strictObject({ do: z.literal('rst'), fault, note }),
  z.strictObject({ do: z.literal('h2-rst-stream'), code: h2ErrorCode, fault, note }),
  z.strictObject({
    do: z.literal('h2-goaway'),
    code: h2ErrorCode,
    lastStream: z.enum(['this', 'none', 'all']),
    fault,
    note,
  }),
  z.strictObject({ do: z.literal('h2-ping-flood'), count: z.int().positive().max(10_000), fault, note }),
  z.strictObject({ do: z.literal('h2-window-zero'), fault, note }),
  z.strictObject({ do: z.literal('h2-raw'), base64: z.base64(), fault, note }),
  z.strictObject({ do: z.literal('stall'), boundedBy: limitsSchema.keyof(), fault, note }),
  z.strictObject({ do: z.literal('expect-abort'), withinMs: ms, note }),
  z.strictObject({ do: z.literal('loop'), note }),
  z.strictObject({ do: z.literal('variant'), note }),
]) as unknown as z.ZodType<UpstreamStep> // the rule above is what makes `send` a union; TypeScript cannot see it

/** The upstream's scripts; see `trace.ts` for their meaning. */
export const upstreamScriptsSchema: z.ZodType<UpstreamScripts> = z.strictObject({
  tls: z.literal(true).exactOptional(),
  http: z.enum(['1.1', '2']).exactOptional(),
  connections: z
    .array(z.strictObject({ reuse: z.literal('any').exactOptional(), script: z.array(upstreamStepSchema).min(1) }))
    .min(1),
})
