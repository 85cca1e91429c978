import { z } from 'zod'
import { traceSchema } from './trace-schema.ts'

/** The trace format as a JSON Schema document, as committed in `trace.schema.json`. For editors and other languages. */
export function traceJsonSchema(): Record<string, unknown> {
  return { title: 'Stopbit trace, format 1', ...z.toJSONSchema(traceSchema) }
}
