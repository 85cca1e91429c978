import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findStalePages } from './generated-pages.ts'

test('every generated page is what the code says; ./run docs:generate renews them', () => {
  expect(findStalePages(join(import.meta.dirname, '../..'))).toEqual([])
})
