import { expect, test } from 'vitest'
import { readManifest } from '../read-manifest.ts'
import { manifestFiles, type MatrixEntry } from '../run-matrix.ts'
import type { Cell } from '../verdict.ts'
import { thirdPartyMarkdown } from './matrix-third-party.ts'

function entryOf(name: string, traces: Readonly<Record<string, readonly Cell[]>>): MatrixEntry {
  const [target] = manifestFiles([name], 'third-party').map(readManifest)
  if (target === undefined) throw new Error(`no manifest ${name}`)
  const results = Object.entries(traces).map(([trace, cells]) => ({
    trace,
    base: trace,
    cells,
    outcomes: [],
    upstream: { connections: 1, requests: 1 },
    versions: { [name]: '1.2.3' },
    timeline: [],
    durationMs: 1,
  }))
  return { target, result: { target: name, scale: 0.05, repeat: 1, traces: results } }
}

const fails = (because: string): Cell => ({ invariant: 'RAW-1', level: 'must', verdict: 'fail', because })
const page = thirdPartyMarkdown([
  entryOf('http-proxy', { 'a/x': [{ invariant: 'RAW-1', level: 'must', verdict: 'pass' }] }),
  entryOf('nginx', { 'a/x': [fails('a FIN <after> 1 byte')], 'a/y': [fails('another')] }),
])

test('the page has versions, configurations, the words of vendors with their source, and how to measure again', () => {
  expect(page).toMatch(/\| \[nginx\]\(.*nginx\.json\) +\| nginx 1\.2\.3 +\| \[nginx\.conf\.tpl\]/)
  expect(page).toMatch(/\| \[http-proxy\]\(.*\| \[http-proxy\.ts\]/)
  expect(page).toContain('- **nginx**: "If the proxied server does not transmit anything')
  expect(page).toContain('](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout)')
  expect(page).toContain('./run conformance matrix --third-party')
})

test('what fails for one reason is one line, with a trace to look at', () => {
  expect(page).toContain('### nginx\n\n- RAW-1, 2 traces: a/x: `a FIN <after> 1 byte`')
  expect(page).toContain('### http-proxy\n\nNothing.')
})

test('the page says that a generic proxy does not know the dialect, and neither ranks nor adds up', () => {
  expect(page).toContain('a generic proxy; it does not know the dialect of what it carries.')
  expect(page).not.toMatch(/%|score|rank|best|worst of/i)
})
