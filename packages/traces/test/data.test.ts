import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modulesText, readSuite } from '../scripts/trace-modules.ts'
import { listTraces, loadTrace } from '../src/data/index.ts'

const suite = readSuite()

test('src/data/modules.js lists the suite as it is', () => {
  const file = join(import.meta.dirname, '../src/data/modules.js')
  expect(readFileSync(file, 'utf8')).toBe(modulesText(suite)) // scripts/write-trace-data.ts writes it again
})

test('every trace of the suite is listed and loads as the trace that it is', async () => {
  expect(listTraces().map(({ id }) => id)).toEqual(suite.map(({ id }) => id))
  for (const { id, text } of suite) expect(await loadTrace(id)).toEqual(JSON.parse(text))
})

test('listTraces() tells what a trace is without its scripts', () => {
  expect(listTraces().find(({ id }) => id === 'anthropic/cut-in-text')).toEqual({
    id: 'anthropic/cut-in-text',
    title: expect.any(String),
    dialect: 'anthropic-messages',
    family: expect.any(String),
    tags: expect.any(Array),
    requires: ['sse'],
    provenance: 'synthetic',
    permutations: ['ending:rst', 'ending:fin', 'ending:eof', 'ending:stall'],
  })
})

test('loadTrace() names an id that does not exist', async () => {
  await expect(loadTrace('x/y')).rejects.toThrow('Cannot load trace: there is no x/y')
})
