import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { opaque } from './opaque/index.ts'
import { DIALECTS } from './table.ts'

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test('every dialect is a folder with the same four files, and a line in the table', () => {
  expect(DIALECTS.map(({ id }) => id).toSorted()).toEqual(folders.toSorted())
  for (const folder of folders) {
    for (const file of ['index', 'scan', 'closing', 'error-shape']) {
      expect(existsSync(`${import.meta.dirname}/${folder}/${file}.ts`), `${folder}/${file}.ts`).toBe(true)
    }
  }
  expect(DIALECTS.at(-1)).toBe(opaque) // it takes whatever no other claims
})
