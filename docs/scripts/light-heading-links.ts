import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'

const ICON = /(<span aria-hidden="true" class="sl-anchor-icon">)<svg.*?<\/svg>/g

/** Starlight writes the same drawing of 600 bytes behind every heading. `theme.css` draws a `#` there instead. */
export function lightHeadingLinks(): AstroIntegration {
  return {
    name: 'light-heading-links',
    hooks: {
      'astro:build:done': ({ dir }) => {
        const site = fileURLToPath(dir)
        for (const page of globSync('**/*.html', { cwd: site })) {
          const file = join(site, page)
          writeFileSync(file, readFileSync(file, 'utf8').replaceAll(ICON, '$1'))
        }
      },
    },
  }
}
