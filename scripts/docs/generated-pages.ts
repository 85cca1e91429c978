import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderCoveragePage, renderInvariantsPage } from './conformance-pages.ts'
import { renderFaultsPage } from './faults-page.ts'
import { renderOptionsPage } from './options-page.ts'
import { renderRecordPage } from './record-page.ts'
import { renderServerPresetsPage } from './server-presets-page.ts'
import { CONTENT } from './site-page.ts'

/** Every page of the site that is made of code and kept in the repository: its path under the content to its text. */
export const GENERATED_PAGES: ReadonlyMap<string, () => string> = new Map([
  ['reference/faults.md', renderFaultsPage],
  ['reference/options.md', renderOptionsPage],
  ['reference/server-presets.md', renderServerPresetsPage],
  ['reference/exchange-record.md', renderRecordPage],
  ['conformance/invariants.md', renderInvariantsPage],
  ['conformance/coverage.md', renderCoveragePage],
])

/** The pages of the repository at `root` that are not what the code says, as paths from there. */
export function findStalePages(root: string): string[] {
  return [...GENERATED_PAGES].flatMap(([path, render]) => {
    const file = join(CONTENT, path)
    return readFileSync(join(root, file), 'utf8') === render() ? [] : [file]
  })
}
