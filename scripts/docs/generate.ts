// Renews the pages that are made of code: ./run docs:generate
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GENERATED_PAGES } from './generated-pages.ts'
import { CONTENT } from './site-page.ts'

for (const [path, render] of GENERATED_PAGES) writeFileSync(join(import.meta.dirname, '../..', CONTENT, path), render())
