import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkDocs } from './check-docs.ts'

function repository(markdown: string): string {
  const root = mkdtempSync(join(tmpdir(), 'stopbit-docs-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'packages/a/src'), { recursive: true })
  writeFileSync(
    join(root, 'packages/a/src/a.ts'),
    'export function relay(): void {}\nclass A {\n  push(): void {}\n  #close(): void {}\n}\n',
  )
  writeFileSync(join(root, 'README.md'), markdown)
  return root
}

test.each([
  'First `relay()` in `packages/a/src/a.ts`, then `A.push()` in `packages/a/src/a.ts`.',
  '`A.#close()` in `packages/a/src/a.ts`',
  'A [link](packages/a/src/a.ts) and [another](https://example.org/x).',
])('checkDocs() takes %s', (markdown) => {
  expect(checkDocs(repository(markdown))).toEqual([])
})

test.each([
  ['`relai()` in `packages/a/src/a.ts`', 'README.md: says that relai() is in packages/a/src/a.ts, and it is not'],
  ['`relay()` in `packages/a/src/b.ts`', 'README.md: names packages/a/src/b.ts, which does not exist'],
  ['[gone](docs/gone.md)', 'README.md: links to docs/gone.md, which does not exist'],
])('checkDocs() refuses %s', (markdown, violation) => {
  expect(checkDocs(repository(markdown))).toEqual([violation])
})

test('checkDocs() finds a page of the site by its address', () => {
  const root = repository('')
  const pages = join(root, 'docs/src/content/docs')
  mkdirSync(join(pages, 'reference'), { recursive: true })
  writeFileSync(
    join(pages, 'reference/faults.md'),
    '[x](/reference/faults/) [y](/reference/api/sse/) [z](/patterns/gone/)',
  )
  writeFileSync(join(pages, 'index.mdx'), '[root](/) [no page](faults/)')
  expect(checkDocs(root).toSorted()).toEqual([
    'docs/src/content/docs/index.mdx: links to faults/, which does not exist',
    'docs/src/content/docs/reference/faults.md: links to /patterns/gone/, which does not exist',
  ])
})
