import { z } from 'zod'
import { MAX_MS } from './limits-schema.ts'
import type { ClientStep } from './trace.ts'

const note = z.string().exactOptional()
const fault = z.literal(true).exactOptional()
const conn = z.string().min(1)

/** The client's steps; see `trace.ts` for their meaning. */
export const clientStepSchema: z.ZodType<ClientStep> = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('connect'), conn, note }),
  z.strictObject({
    do: z.literal('request'),
    conn,
    path: z.string().regex(/^\/[\x21-\x7e]*$/, 'must be a path without blanks, such as /v1/messages?beta=true'),
    preset: z.string().exactOptional(),
    body: z.record(z.string(), z.unknown()).exactOptional(),
    headers: z
      .record(
        z.string().regex(/^[a-z0-9-]+$/, 'header names are lower case'),
        z.string().regex(/^[\t\x20-\x7e]*$/, 'must be one line of ASCII'),
      )
      .exactOptional(),
    stream: z.boolean().exactOptional(),
    padBytes: z
      .int()
      .positive()
      .max(32 * 1024 * 1024)
      .exactOptional(),
    fault,
    note,
  }),
  z.strictObject({
    do: z.literal('await'),
    conn,
    until: z.enum(['head', 'events', 'bytes', 'end']),
    n: z.int().positive().exactOptional(),
    note,
  }),
  z.strictObject({
    do: z.literal('wait'),
    ms: z.union([
      z.number().positive().max(MAX_MS),
      z.string().regex(/^\$[A-Za-z]+$/, 'must be milliseconds or $<param>'),
    ]),
    scale: z.boolean().exactOptional(),
    note,
  }),
  z.strictObject({ do: z.literal('pause-read'), conn, note }),
  z.strictObject({ do: z.literal('resume-read'), conn, note }),
  z.strictObject({ do: z.literal('half-close'), conn, fault, note }),
  z.strictObject({ do: z.literal('abort'), conn, how: z.enum(['fin', 'rst']), fault, note }),
])
