import { z } from 'zod'
import { manifestSchema } from '../manifest-schema.ts'
import type { TimelineEntry } from '../timeline.ts'
import type { Verdict } from '../verdict.ts'
import type { Report, ReportCell, ReportTrace } from './report.ts'

const text = z.string()
const count = z.int().nonnegative()
const late = z.literal('added-after-release').exactOptional()
const verdict: z.ZodType<Verdict['verdict']> = z.enum([
  'pass',
  'fail',
  'warn',
  'blocked',
  'not-applicable',
  'not-tested',
  'inconclusive',
  'known-failing',
  'stale-entry',
  'flaky',
])
const counts = z.partialRecord(verdict as z.ZodEnum<{ [name in Verdict['verdict']]: name }>, count)

const timelineEntry: z.ZodType<TimelineEntry> = z.strictObject({
  atMs: z.number(),
  lane: z.enum(['client', 'upstream']),
  connection: text.exactOptional(),
  kind: z.enum([
    'connect',
    'request',
    'send',
    'receive',
    'head',
    'wait',
    'barrier',
    'stall',
    'close',
    'reset',
    'end',
    'note',
  ]),
  bytes: count.exactOptional(),
  text,
  fault: z.literal(true).exactOptional(),
})

const cell: z.ZodType<ReportCell> = z.strictObject({
  invariant: text,
  level: z.enum(['must', 'should']),
  verdict,
  profile: z.enum(['core', 'stream', 'connections', 'h2-upstream', 'tls-upstream']),
  because: text.exactOptional(),
  by: text.exactOptional(),
  preempted: z.literal(true).exactOptional(),
  reason: text.exactOptional(),
  source: text.exactOptional(),
  bare: text.exactOptional(),
  notScored: late,
})

const trace: z.ZodType<ReportTrace> = z.strictObject({
  trace: text,
  base: text,
  title: text,
  dialect: z.enum(['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini', 'opaque']),
  family: text,
  provenance: z.enum(['recorded', 'reconstructed', 'synthetic']),
  state: z.enum(['green', 'red', 'inconclusive', 'skipped']),
  notScored: late,
  outcomes: z.array(text),
  upstream: z.strictObject({ connections: count, requests: count }),
  versions: z.record(text, text),
  durationMs: z.number().nonnegative(),
  cells: z.array(cell),
  timeline: z.array(timelineEntry).exactOptional(),
})

/** The format of `report.json`. Strict: what is not in it is not in a report. */
export const reportSchema: z.ZodType<Report> = z.strictObject({
  schema: z.literal(1),
  suite: z.strictObject({ version: text, release: text.nullable() }),
  date: z.iso.datetime(),
  machine: z.strictObject({ node: text, os: text, arch: text, cpuCount: count }),
  target: text,
  manifest: manifestSchema,
  scale: z.number().positive(),
  repeat: z.int().positive(),
  selection: z.strictObject({ profiles: z.array(text), traces: z.array(text), sabotage: z.boolean() }),
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  passedCells: count,
  claim: z.strictObject({ message: text, colour: z.enum(['green', 'yellow', 'red', 'grey']) }),
  profiles: z.array(
    z.strictObject({
      name: text,
      about: text,
      state: z.enum(['green', 'known-failing', 'red', 'inconclusive', 'skipped']),
      musts: counts,
      shoulds: counts,
    }),
  ),
  invariants: z.array(
    z.strictObject({ id: text, level: z.enum(['MUST', 'SHOULD']), statement: text, why: text, source: text }),
  ),
  traces: z.array(trace),
  withdrawn: z.array(text),
})

/** The same as a JSON Schema document, as committed in `report.schema.json`. The variables of a manifest are checked by the suite alone. */
export function reportJsonSchema(): Record<string, unknown> {
  return { title: 'Stopbit conformance report, schema 1', ...z.toJSONSchema(reportSchema, { unrepresentable: 'any' }) }
}
