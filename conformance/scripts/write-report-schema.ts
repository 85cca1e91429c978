// Regenerates report.schema.json: node --conditions=@stopbit/source conformance/scripts/write-report-schema.ts
import { writeFileSync } from 'node:fs'
import { reportJsonSchema } from '../src/report/report-schema.ts'

writeFileSync(new URL('../report.schema.json', import.meta.url), `${JSON.stringify(reportJsonSchema(), null, 2)}\n`)
