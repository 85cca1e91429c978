import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkSite } from '../scripts/check-site.ts'

function siteOf(files: Readonly<Record<string, string>>): string {
  const site = mkdtempSync(join(tmpdir(), 'stopbit-site-'))
  onTestFinished(() => rmSync(site, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(site, name)), { recursive: true })
    writeFileSync(join(site, name), text)
  }
  return site
}

test('links within the site, to a place on a page, to a file and to the repository hold', () => {
  const links = ['/b/', '/b/#x', '#y', '/llms.txt', 'https://example.org/', 'mailto:a@example.org']
  const source = 'https://github.com/stopbit/stopbit/blob/main/README.md'
  const site = siteOf({
    'index.html': `<p id="y">${[...links, source].map((link) => `<a href="${link}">x</a>`).join('')}</p>`,
    'b/index.html': '<h2 id="x">x</h2>',
    'llms.txt': '',
  })
  expect(checkSite(site).violations).toEqual([])
})

test.each([
  ['<a href="/gone/">x</a>', '/: links to /gone/, which is not there'],
  ['<a href="/b">x</a>', '/: links to /b without the slash at its end'],
  ['<a href="/b/#gone">x</a>', '/: links to /b/#gone, and there is no such place on that page'],
  [
    '<a href="https://github.com/stopbit/stopbit/blob/main/gone.ts">x</a>',
    '/: links to gone.ts in the repository, which is not there',
  ],
  ['<script src="https://cdn.example/x.js"></script>', '/: loads https://cdn.example/x.js from elsewhere'],
  ['<img src="/gone.png">', '/: loads /gone.png, which is not there'],
])('%s is found', (html, violation) => {
  expect(checkSite(siteOf({ 'index.html': html, 'b/index.html': '' })).violations).toEqual([violation])
})

test('what is wrong with every page is one violation', () => {
  const site = siteOf({ 'index.html': '<a href="/gone/">x</a>', 'b/index.html': '<a href="/gone/">x</a>' })
  expect(checkSite(site).violations).toEqual([
    expect.stringMatching(/ and 1 more: links to \/gone\/, which is not there$/),
  ])
})

test('a page weighs what it loads, and what that loads', () => {
  const site = siteOf({
    'index.html': '<link rel="stylesheet" href="/_astro/a.css"><script type="module" src="/_astro/a.js"></script>',
    '_astro/a.css': `@font-face{src:url(./f.woff2)}${' '.repeat(1000)}`,
    '_astro/f.woff2': ' '.repeat(10_000),
    '_astro/a.js': 'import{x}from"./b.js";x()',
    '_astro/b.js': `import("./c.js")${' '.repeat(100_000)}`,
    '_astro/c.js': ' '.repeat(200_000),
  })
  const { weights, violations } = checkSite(site)
  expect(weights[0]?.[1]).toBeGreaterThan(311_000)
  expect(violations).toEqual([expect.stringMatching(/^\/: weighs 30\d KiB, more than 300$/)])
})
