// Regenerates trace.schema.json: node --conditions=@stopbit/source packages/traces/scripts/write-json-schema.ts
import { writeFileSync } from 'node:fs'
import { traceJsonSchema } from '../src/json-schema.ts'

writeFileSync(new URL('../trace.schema.json', import.meta.url), `${JSON.stringify(traceJsonSchema(), null, 2)}\n`)
