import { basename } from 'node:path'
import { arch, cpus, platform } from 'node:os'
import type { MatrixEntry } from '../run-matrix.ts'
import type { Cell } from '../verdict.ts'
import { firstLine, inCell, markdownTable, verdictTable } from './matrix-markdown.ts'
import { tableByInvariant, tableByTrace } from './matrix-table.ts'

const HEAD = `# Proxies of others, measured in the open

Made by \`./run conformance matrix --third-party --write FILE\`; the site's page,
\`docs/src/content/docs/conformance/third-party.mdx\`, is made of the JSON report.

What proxies do with an LLM stream whose upstream fails, each in a plain configuration: buffering off, its limits from the suite's
contract, errors handled as its own documentation shows. Most of them are generic: they carry bytes, do not know what an event of an LLM API
is, and do not say that they end one. For such a proxy \`TERM-1\` says only what its client gets: a stream without an ending. The order is that
of the alphabet.`

const REPRODUCE = `## Reproduce

\`\`\`sh
apt-get install nginx-light haproxy caddy   # the others come with the repository
./run conformance matrix --third-party --jobs 2
./run conformance run --target conformance/third-party/nginx.json --trace anthropic/rst-mid-sse-856
\`\`\`

How each is started is in \`conformance/third-party/<name>.json\`; beside it is its configuration or its program. A correction of a
configuration is welcome, with the page of the vendor's documentation that it follows.`

const WORDS = `\`ok\`: every MUST holds. \`warn\`: a SHOULD does not hold. \`blocked\`: another failure explains it. \`untested\`: the trace needs a limit that
cannot be set there, or is too long to be waited for. \`????\`: the fault did not come about as the trace has it, so that nothing is said. \`n/a\`: the
proxy does not have what the trace is about.`

/** The scoreboard of third parties as a page. Columns are in the order of the entries; nothing is counted together. */
export function thirdPartyMarkdown(entries: readonly MatrixEntry[]): string {
  const [first] = entries
  const runs = first === undefined ? '' : `Scale ${first.result.scale}, runs of each trace: ${first.result.repeat}. `
  const machine = `${platform()} ${arch()}, ${cpus().length} cores, Node ${process.versions.node}`
  const sections = [
    HEAD,
    `Measured on ${new Date().toISOString().slice(0, 10)}. ${runs}Machine: ${machine}. ${WORDS}`,
    '## Proxies',
    markdownTable(['name', 'version', 'configuration', 'limits that it takes'], entries.map(proxyRow)),
    entries.flatMap(aboutLine).join('\n'),
    '## In their own words',
    'What the vendors say of a failing upstream, where they say it.',
    entries.flatMap(wordsLine).join('\n'),
    REPRODUCE,
    '## By invariant',
    'Over all traces that could be judged; those that could not are under the next heading.',
    verdictTable(tableByInvariant(entries.map(judgedPart))),
    '## What is behind it',
    'Each invariant that does not hold, with one of its traces; then what could not be judged, and why.',
    ...entries.map(reasonsOf),
    '## By trace',
    verdictTable(tableByTrace(entries)),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function proxyRow({ target: { name, manifest }, result }: MatrixEntry): string[] {
  const versions = Object.assign({}, ...result.traces.map((trace) => trace.versions)) as Record<string, string>
  const limits = manifest.environment.flatMap((variable) => /^STOPBIT_(.*)_MS$/.exec(variable)?.[1] ?? [])
  return [
    `[${name}](../conformance/third-party/${name}.json)`,
    inCell(
      Object.entries(versions)
        .map(([of, number]) => `${of} ${number}`)
        .join(', '),
    ),
    `[${configurationOf(manifest.target)}](../conformance/third-party/${configurationOf(manifest.target)})`,
    limits.map((limit) => limit.toLowerCase().replaceAll('_', ' ')).join(', '),
  ]
}

function configurationOf(target: MatrixEntry['target']['manifest']['target']): string {
  if (!('command' in target)) return ''
  return basename(target.configTemplate?.from ?? target.command.find((part) => part.endsWith('.ts')) ?? '')
}

function aboutLine({ target: { name, manifest } }: MatrixEntry): string[] {
  const { about, url } = manifest.implementation
  return about === undefined ? [] : [`- **${url === undefined ? name : `[${name}](${url})`}**: ${about}`]
}

function wordsLine({ target: { name, manifest } }: MatrixEntry): string[] {
  const words = manifest.policy?.words
  return words === undefined ? [] : [`- **${name}**: "${words.text}" ([source](${words.url}))`]
}

/** For a table by invariant: what could not be judged says nothing of it, as long as something could. */
function judgedPart(entry: MatrixEntry): MatrixEntry {
  const cells = entry.result.traces.flatMap((trace) => trace.cells)
  const judged = new Set(cells.filter(isJudged).map(({ invariant }) => invariant))
  const traces = entry.result.traces.map((trace) => ({
    ...trace,
    cells: trace.cells.filter((cell) => isJudged(cell) || !judged.has(cell.invariant)),
  }))
  return { ...entry, result: { ...entry.result, traces } }
}

function isJudged({ verdict }: Cell): boolean {
  return verdict !== 'not-tested' && verdict !== 'inconclusive' && verdict !== 'not-applicable'
}

/** By invariant what fails, and by reason what was not judged: a hundred traces with one cause are one line. */
function reasonsOf({ target, result }: MatrixEntry): string {
  const failed = new Map<string, { readonly example: string; readonly traces: Set<string> }>()
  const unjudged = new Map<string, Set<string>>()
  for (const { trace, cells } of result.traces) {
    for (const { invariant, verdict, because = '' } of cells) {
      if (verdict === 'fail' || verdict === 'flaky') {
        const known = failed.get(invariant) ?? { example: `${trace}: ${firstLine(because)}`, traces: new Set() }
        failed.set(invariant, known)
        known.traces.add(trace)
      }
      if (verdict === 'not-tested' || verdict === 'inconclusive') {
        const reason = `${verdict === 'not-tested' ? 'Not tested' : 'Inconclusive'}: ${firstLine(because)}`
        unjudged.set(reason, (unjudged.get(reason) ?? new Set()).add(trace))
      }
    }
  }
  const lines = [
    ...[...failed].map(([id, { example, traces }]) => `- ${id}, ${countOf(traces)}: ${example}`).toSorted(),
    ...[...unjudged]
      .map(([reason, traces]) => `- ${reason} (${countOf(traces)}, such as ${[...traces][0]})`)
      .toSorted(),
  ]
  return [`### ${target.name}`, lines.length === 0 ? 'Nothing.' : lines.join('\n')].join('\n\n')
}

function countOf(traces: ReadonlySet<string>): string {
  return traces.size === 1 ? 'one trace' : `${traces.size} traces`
}
