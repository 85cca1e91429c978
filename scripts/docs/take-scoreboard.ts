// Takes the scoreboard of the site from the suite's JSON report: ./run docs:scoreboard own|third-party REPORT.json
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Scoreboard, ScoreboardNote, ScoreboardTarget } from '../../docs/src/data/scoreboard.ts'
import type { Report, ReportCell } from '../../conformance/src/report/report.ts'
import { worstVerdict, type Cell } from '../../conformance/src/verdict.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Where the manifests of a scoreboard are. */
const FOLDERS = { own: 'conformance/targets', 'third-party': 'conformance/third-party' } as const

export type ScoreboardName = keyof typeof FOLDERS

/** The part of `conformance matrix --json` that is read. */
export interface MatrixReport {
  readonly targets: readonly Report[]
}

interface TracedCell extends ReportCell {
  readonly base: string
  readonly trace: string
}

/** What the site shows of a matrix. Throws if the matrix has no target. */
export function toScoreboard(name: ScoreboardName, { targets: reports }: MatrixReport): Scoreboard {
  const [first] = reports
  if (first === undefined) throw new Error('Cannot take a scoreboard: the report has no target')
  const cells = reports.map(({ traces }) =>
    traces.flatMap(({ base, trace, cells: of }) => of.map((cell) => ({ ...cell, base, trace }))),
  )
  const worst = (choose: (cell: TracedCell) => boolean): string[] =>
    cells.map((of) => worstVerdict(of.filter(choose) as unknown as Cell[]) ?? '')
  const traces = [...new Set(cells.flat().map(({ base }) => base))]
  const invariants = [...new Set(cells.flat().map(({ invariant }) => invariant))].toSorted()
  const judged = cells.map((of) => new Set(of.filter(isJudged).map(({ invariant }) => invariant)))
  return {
    schema: 1,
    measuredOn: first.date.slice(0, 10),
    machine: first.machine,
    scale: first.scale,
    repeat: first.repeat,
    targets: reports.map((report) => toTarget(FOLDERS[name], report)),
    byInvariant: Object.fromEntries(
      invariants.map((id) => [
        id,
        // What could not be judged says nothing, as long as something could.
        cells.map((of, at) => {
          const ofId = of.filter((cell) => cell.invariant === id && (judged[at]?.has(id) !== true || isJudged(cell)))
          return worstVerdict(ofId as unknown as Cell[]) ?? ''
        }),
      ]),
    ),
    byTrace: Object.fromEntries(traces.map((id) => [id, worst(({ base }) => base === id)])),
    notes: reports.flatMap(({ target }, at) => notesOf(target, cells[at] ?? [])),
  }
}

function isJudged({ verdict }: ReportCell): boolean {
  return verdict !== 'not-tested' && verdict !== 'inconclusive' && verdict !== 'not-applicable'
}

function toTarget(folder: string, { target: name, manifest, machine, traces }: Report): ScoreboardTarget {
  const { project, version, url, about } = manifest.implementation
  const versions = Object.assign({}, ...traces.map((trace) => trace.versions)) as Record<string, string>
  // A target that says nothing of itself and is started by `node` runs on the Node of the suite.
  const isNode =
    Object.keys(versions).length === 0 && 'command' in manifest.target && manifest.target.command[0] === 'node'
  const runsOn = Object.entries(isNode ? { node: machine.node } : versions).map(([of, number]) => `${of} ${number}`)
  const words = manifest.policy?.words
  const files = [`${name}.json`, configurationOf(manifest.target)].map((file) => `${folder}/${file}`)
  return {
    name,
    version: `${project} ${version}`,
    runsOn: runsOn.join(', '),
    ...(url === undefined ? {} : { url }),
    ...(about === undefined ? {} : { about }),
    ...(words === undefined ? {} : { words: { text: words.text, url: words.url } }),
    files: files.filter((file) => existsSync(join(ROOT, file)) && !file.endsWith('/')),
    limits: manifest.environment.flatMap((variable) => {
      const [, limit] = /^STOPBIT_(.*)_MS$/.exec(variable) ?? []
      return limit === undefined ? [] : [limit.toLowerCase().replaceAll('_', ' ')]
    }),
  }
}

function configurationOf(target: Report['manifest']['target']): string {
  if (!('command' in target)) return ''
  return basename(target.configTemplate?.from ?? target.command.find((part) => part.endsWith('.ts')) ?? '')
}

/** What fails, by invariant; all else that is not plain `ok`, by reason: a hundred traces with one cause are one note. */
function notesOf(target: string, cells: readonly TracedCell[]): ScoreboardNote[] {
  const groups = Map.groupBy(
    cells.filter(({ verdict }) => verdict !== 'pass'),
    ({ verdict, invariant, because = '' }) =>
      verdict === 'fail' || verdict === 'flaky'
        ? `${verdict} ${invariant}`
        : `${verdict} ${withoutDetail(firstLine(because))}`,
  )
  return [...groups.values()].flatMap((group) => {
    const [one] = group
    if (one === undefined) return []
    const proof = one.verdict === 'known-failing' ? ` ${one.reason ?? ''} Source: ${one.source ?? ''}.` : ''
    return {
      target,
      verdict: one.verdict,
      invariants: some([...new Set(group.map(({ invariant }) => invariant))]),
      traces: new Set(group.map(({ trace }) => trace)).size,
      example: one.trace,
      because: `${firstLine(one.because ?? '')}.${proof}`,
    }
  })
}

/** What differs from trace to trace: times, counts and bytes. */
function withoutDetail(because: string): string {
  return because.replaceAll(/"(?:[^"\\]|\\.)*"?/g, '""').replaceAll(/\d+/g, '0')
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}

const SHOWN = 4

function some(names: readonly string[]): string {
  if (names.length <= SHOWN) return names.join(', ')
  return `${names.slice(0, SHOWN - 1).join(', ')} and ${names.length - SHOWN + 1} more`
}

/** JSON with one row a line, so that two measurements can be compared. */
export function formatScoreboard(board: Scoreboard): string {
  const fields = Object.entries(board).map(([name, value]: [string, unknown]) => {
    if (Array.isArray(value))
      return `  "${name}": [\n${value.map((row) => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]`
    if (!name.startsWith('by')) return `  "${name}": ${JSON.stringify(value)}`
    const rows = Object.entries(value as object).map(([id, row]) => `    ${JSON.stringify(id)}: ${JSON.stringify(row)}`)
    return `  "${name}": {\n${rows.join(',\n')}\n  }`
  })
  return `{\n${fields.join(',\n')}\n}\n`
}

if (import.meta.main) {
  const [, , name, file] = process.argv
  if ((name !== 'own' && name !== 'third-party') || file === undefined) {
    process.stderr.write('Usage: ./run docs:scoreboard own|third-party REPORT.json\n')
    process.exitCode = 2
  } else {
    const board = toScoreboard(name, JSON.parse(readFileSync(file, 'utf8')) as MatrixReport)
    writeFileSync(join(ROOT, 'docs/src/data/scoreboard', `${name}.json`), formatScoreboard(board))
  }
}
