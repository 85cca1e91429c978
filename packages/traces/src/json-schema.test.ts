import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { traceJsonSchema } from './json-schema.ts'

test('trace.schema.json is what the schema says; packages/traces/scripts/write-json-schema.ts renews it', () => {
  const committed: unknown = JSON.parse(readFileSync(new URL('../trace.schema.json', import.meta.url), 'utf8'))
  expect(committed).toEqual(JSON.parse(JSON.stringify(traceJsonSchema())))
})
