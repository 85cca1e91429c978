import { FAULTS } from '../../packages/faults/src/index.ts'
import { toSitePage } from './site-page.ts'

/** The page of all fault kinds, from the table in code. */
export function renderFaultsPage(): string {
  const rows = Object.entries(FAULTS).map(
    ([kind, { phase, proxyStatus, status, retrySafety, sentence }]) =>
      `| \`${kind}\` | ${phase} | \`${proxyStatus}\` | ${status} | ${retrySafety} | ${sentence} |`,
  )
  const markdown = `# Faults

What can go wrong between a proxy and an LLM API, as the exchange record names it. Generated from
\`packages/faults/src/fault-kinds.ts\` by \`./run docs:generate\`.

- **phase** and **sent again**: of the usual case; \`classifyFault()\` in \`packages/faults/src/classify-fault.ts\` corrects them
  by what is known of the connection.
- **RFC 9209**: the word in \`Proxy-Status\`.
- **status**: of the response while no head was sent. A dialect may have a closer one (Anthropic: 529 for 503).
- **sentence**: the only text that a client gets. It does not change with the error.

| kind | phase | RFC 9209 | status | sent again | sentence |
|---|---|---|---|---|---|
${rows.join('\n')}
`
  return toSitePage(markdown, {
    description:
      'Every kind of failure that the record names: its RFC 9209 word, status, retry safety, and the sentence that a client gets.',
    madeFrom: 'packages/faults/src/fault-kinds.ts',
    order: 2,
  })
}
