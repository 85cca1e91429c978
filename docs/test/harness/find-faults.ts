import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds on a page and calls serious or critical: the rule, and the elements. Of another theme only the colours differ. */
export async function findFaults(page: Page, rules: 'all' | 'colours' = 'all'): Promise<string[]> {
  await page.evaluate(AXE)
  const options = { resultTypes: ['violations'], ...(rules === 'colours' ? { runOnly: ['color-contrast'] } : {}) }
  // The rows of a long table are alike.
  const context = { exclude: [['tbody tr:nth-child(n+6)']] }
  const run = `axe.run(${JSON.stringify(context)}, ${JSON.stringify(options)})`
  const { violations } = (await page.evaluate(run)) as AxeResults
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`)
}
