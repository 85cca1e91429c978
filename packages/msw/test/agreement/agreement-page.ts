import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DIFFERENCES, IMPOSSIBILITIES } from '../../src/index.ts'
import { SELECTION } from './cells.ts'
import type { Cell } from './compare.ts'
import type { PageCell } from './compare-in-chromium.ts'
import type { PageReading } from './reader-page.ts'
import { outcomeOf, type Reading } from './reading.ts'

const PACKAGES = [
  'msw',
  '@anthropic-ai/sdk',
  'openai',
  '@google/genai',
  'ai',
  '@ai-sdk/anthropic',
  '@ai-sdk/openai',
  '@ai-sdk/google',
]
const ROOT = join(import.meta.dirname, '../../../..')

/** The committed page: what was compared, and what came out, as Markdown in the house's format. */
export function agreementPage(cells: readonly Cell[], pageCells: readonly PageCell[]): string {
  const different = findDisagreements(cells, pageCells).length
  const page = `## Replay beside the wire

What real clients make of a trace behind a plain TCP server, and of the same trace under \`replayAll()\`. The test that compares them writes this
page and fails when it is stale. A cell says the outcome; where the two differ it says both. The text, the arguments of tools and the stop
reasons that the caller had are compared too, and for \`fetch\` of Node the header fields.

${cells.length} reads in Node ${process.versions.node.split('.')[0]} and ${pageCells.length} in Chromium were compared, each twice. ${different} differ in their outcome. Versions: ${PACKAGES.map(versionOf).join(', ')}.

${GROUPS.map(([title, prefix]) => outcomeTable(title, prefix, cells, pageCells)).join('\n\n')}

### What the errors say

The class of an error and its status are the same in every cell that shows one outcome. In Node its texts are not: under replay the cause knows less. In Chromium they
are the same.

| behind a socket | under replay |
| --- | --- |
${textPairs(cells).join('\n')}

### What is said in another way

| name | what differs |
| --- | --- |
${differenceRows()}
`
  const oxfmt = join(ROOT, 'node_modules/.bin/oxfmt')
  return execFileSync(oxfmt, ['--stdin-filepath', 'AGREEMENT.md'], { input: page, encoding: 'utf8', cwd: ROOT })
}

/** Traces and clients whose outcome is not the same, such as `gemini/complete, genai`. */
export function findDisagreements(cells: readonly Cell[], pageCells: readonly PageCell[]): string[] {
  const inNode = cells.filter(({ raw, replayed }) => !sameReading(raw, replayed))
  const inChromium = pageCells.filter(({ raw, replayed }) => !samePageReading(raw, replayed))
  return [
    ...inNode.map(({ traceId, client }) => `${traceId}, ${client.id}`),
    ...inChromium.map(({ traceId }) => `${traceId}, Chromium`),
  ]
}

const GROUPS: readonly (readonly [title: string, prefix: string])[] = [
  ['Anthropic Messages', 'anthropic/'],
  ['OpenAI Chat', 'openai-chat/'],
  ['OpenAI Responses', 'openai-responses/'],
  ['Gemini', 'gemini/'],
  ['The transport, by an Anthropic stream', 'transport/'],
]

function outcomeTable(title: string, prefix: string, cells: readonly Cell[], pageCells: readonly PageCell[]): string {
  const ids = SELECTION.filter((id) => id.startsWith(prefix))
  const clients = cells.filter(({ traceId }) => traceId === ids[0]).map(({ client }) => client)
  const rows = ids.map((id) => {
    const page = pageCells
      .filter(({ traceId }) => traceId === id)
      .map(({ raw, replayed }) => cellText(pageOutcome(raw), pageOutcome(replayed), samePageReading(raw, replayed)))
    const own = cells
      .filter(({ traceId }) => traceId === id)
      .map(({ raw, replayed }) => cellText(outcomeOf(raw), outcomeOf(replayed), sameReading(raw, replayed)))
    return `| \`${id.slice(prefix.length)}\` | ${[...own, ...page].join(' | ')} |`
  })
  const names = [...clients.map(({ name }) => name), '`fetch` of Chromium']
  return `### ${title}\n\n| trace | ${names.join(' | ')} |\n| --- |${' --- |'.repeat(names.length)}\n${rows.join('\n')}`
}

function cellText(raw: string, replayed: string, same: boolean): string {
  return same ? raw : `**socket:** ${raw}; **replay:** ${replayed}`
}

/** Whether a caller had the same: text, arguments, stop reasons, and the class of the end. */
export function sameReading(raw: Reading, replayed: Reading): boolean {
  return outcomeOf(raw) === outcomeOf(replayed) && raw.text === replayed.text && raw.args === replayed.args
}

function samePageReading(raw: PageReading, replayed: PageReading): boolean {
  return raw.status === replayed.status && raw.text === replayed.text && raw.end === replayed.end
}

function pageOutcome({ status, end }: PageReading): string {
  if (end === 'hang') return 'hangs'
  return end === 'closed' ? `returns: ${status}` : `throws ${end}`
}

/** What the same errors say, without addresses; each pair once. */
function textPairs(cells: readonly Cell[]): string[] {
  const pairs = cells.flatMap(({ raw, replayed }) => {
    if (!sameReading(raw, replayed)) return []
    const [behindSocket, underReplay] = [saying(raw), saying(replayed)]
    return behindSocket === underReplay ? [] : [`| ${behindSocket} | ${underReplay} |`]
  })
  return [...new Set(pairs)].toSorted()
}

function saying({ end }: Reading): string {
  if (end.how !== 'error') return ''
  return [end.message, ...end.causes].join(' ← ').replaceAll(/127\.0\.0\.1:\d+/g, '(address)')
}

function differenceRows(): string {
  return [
    ...Object.entries(DIFFERENCES).map(([name, text]) => `| \`${name}\` | ${text} |`),
    ...Object.entries(IMPOSSIBILITIES).map(([name, text]) => `| \`${name}\` | Refused. ${text} |`),
  ].join('\n')
}

function versionOf(name: string): string {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? []
  for (const path of paths) {
    try {
      const { version } = JSON.parse(readFileSync(join(path, name, 'package.json'), 'utf8')) as { version: string }
      return `${name} ${version}`
    } catch {
      // not in this folder
    }
  }
  throw new Error(`Cannot tell the version of ${name}: it is not installed`)
}
