import type { Counts } from '../load/tally.ts'
import { BASE, PEERS, type Peer } from '../peers.ts'
import { scenarioOf, SCENARIOS, type Scenario } from '../scenarios.ts'
import { number, ratio, table } from './format.ts'
import { CURVES, growthTable, subjectOf } from './growth.ts'
import { metricsOf, type MetricId } from './metrics.ts'
import type { Results } from './results.ts'
import { warningOf, type RunFacts } from './run-facts.ts'
import { MIN_PROCESSES } from './statistics.ts'
import { TARGETS, type Target } from './targets.ts'

const OURS = 'stopbit-node'

/** The report, but for the scenarios one by one. `pictureOf` gives the address of the picture of a scenario or a curve, if there is one. */
export function renderMarkdown(
  results: Results,
  facts: RunFacts,
  pictureOf: (id: string) => string | undefined,
): string {
  const parts = [
    introduction(facts),
    '## Targets',
    targetTable(
      results,
      TARGETS.filter(({ isMust }) => isMust),
    ),
    '## Beside proxies of others',
    targetTable(
      results,
      TARGETS.filter(({ isMust }) => !isMust),
    ),
    '## Where others are ahead of the Node adapter',
    aheadList(results),
    limitsPart(results),
    ...growthPart(results, pictureOf),
  ]
  return joined(parts)
}

/** What each peer did in each scenario. */
export function renderScenarios(results: Results, pictureOf: (id: string) => string | undefined): string {
  const parts = SCENARIOS.flatMap((scenario) => scenarioPart(results, scenario, pictureOf(scenario.id)))
  return joined([...parts, endingsPart(results)])
}

function joined(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function introduction(facts: RunFacts): string {
  const { date, commit, cpu, coreCount, memoryMib, kernel, cores, busyBefore, busyAfter } = facts
  const { rounds, broadRounds, roundsPerProcess, seconds } = facts
  const pinned =
    cores.proxy === undefined
      ? 'nothing was pinned to a core'
      : `the proxy alone on core ${cores.proxy}, the upstream on core ${cores.upstream} and the load generator on core ${cores.load}`
  const warning = warningOf(busyBefore)
  return [
    `Measured on ${date}${commit === undefined ? '' : `, of commit ${commit}`}: ${cpu}, ${coreCount} cores, ${(memoryMib / 1024).toFixed(0)} GiB, Linux ${kernel}; ${pinned}. ` +
      `${rounds} round${rounds === 1 ? '' : 's'} in ${Math.round(seconds / 60)} minutes; in each what the targets are about, or in every third if a window takes a process of its own, scenario by scenario, and in the first ${broadRounds === 1 ? '' : `${broadRounds} `}every peer in every scenario that was asked for. ` +
      `Before anything but its memory is measured, a process has done ${warmth(facts)}; all are started anew every ${roundsPerProcess} rounds. ` +
      `${facts.coresAwake ? 'Idle cores polled' : 'Idle cores halted, and waking them is part of what was measured'}. ` +
      `Others kept ${busyBefore} cores busy just before, and ${busyAfter} just after.`,
    warning === undefined ? '' : `\n**${warning}**\n`,
    `Ratios are of two windows of one round: their median, with the interval in which it is to 95 % (bootstrap over processes, and over rounds within them). With fewer than ${MIN_PROCESSES} processes it is from the least to the most, and there is no verdict. ` +
      'Every byte that a client got was held against the byte that was sent; a mismatch fails the run. ' +
      'Trust the ratios: the numbers are of this machine on this day.',
    '',
    `Versions: ${Object.entries(facts.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
  ].join('\n')
}

function warmth({ warmUp }: RunFacts): string {
  return warmUp.map(([id, ms]) => `${ms / 1000} s of “${scenarioOf(id).title}”`).join(' and ')
}

function targetTable(results: Results, targets: readonly Target[]): string {
  const rows = targets.flatMap((target) => {
    const { verdict, ratio: measured } = results.verdict(target)
    if (verdict === 'not measured' && !target.isMust) return []
    const limit = target.atMost === undefined ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`
    const against = target.againstScenario === undefined ? titleOf(target.against) : 'itself without cuts'
    const note = verdict === 'not measured' ? (results.reasonOf(target.peer, target.scenario) ?? 'not run') : ''
    return [[target.title, `${limit} × ${against}`, ratio(measured), String(measured?.count ?? 0), note || verdict]]
  })
  if (rows.length === 0) return 'Not measured in this run.'
  return table(['what', 'target', 'measured', 'rounds', 'verdict'], rows)
}

/** What one core and one GiB carry: the reciprocals of what was measured. */
function limitsPart(results: Results): string {
  const cost = (scenario: string, metric: MetricId): number | undefined => results.value(OURS, scenario, metric)?.median
  const perCore = (scenario: string, metric: MetricId): string => {
    const us = cost(scenario, metric)
    return number(us === undefined ? undefined : 1e6 / us)
  }
  const kib = cost('open-5000', 'rss-per-stream')
  const rows = [
    ['small JSON requests per second and core', perCore('json', 'cpu-per-request')],
    ['events per second and core, 1 per write', perCore('paced-1', 'cpu-per-event')],
    ['events per second and core, 10 per write', perCore('saturated-10', 'cpu-per-event')],
    ['open streams per GiB', number(kib === undefined ? undefined : (1024 * 1024) / kib)],
  ].filter(([, value]) => value !== number(undefined))
  return rows.length === 0 ? '' : `## What one core of the Node adapter carries\n\n${table(['what', 'limit'], rows)}`
}

function growthPart(results: Results, pictureOf: (id: string) => string | undefined): string[] {
  const parts = CURVES.flatMap((curve) => {
    const grown = growthTable(results, curve)
    if (grown === '') return []
    const picture = pictureOf(curve.id)
    const image = picture === undefined ? '' : `![${subjectOf(curve)} by ${curve.title.toLowerCase()}](${picture})`
    return [`### ${curve.title}`, `${subjectOf(curve)}.`, image, grown]
  })
  const rule =
    'Of the rounds that have all points of a curve, which may be one. Where all lines rise together, the machine was slower then.'
  return parts.length === 0 ? [] : ['## How cost grows', rule, ...parts]
}

function aheadList(results: Results): string {
  const lines = SCENARIOS.flatMap((scenario) =>
    metricsOf(scenario).flatMap((metric) =>
      PEERS.filter(({ kind }) => kind !== 'ours').flatMap((peer) => {
        const found = results.ratio({ peer: peer.id, against: OURS, scenario: scenario.id, metric: metric.id })
        if (found === undefined || peer.command === undefined) return []
        if (found.processes < MIN_PROCESSES) return []
        const isAhead = metric.isLessBetter ? found.high < 1 : found.low > 1
        return isAhead ? [`- ${scenario.title}: ${peer.title}, ${metric.title} ${ratio(found)}`] : []
      }),
    ),
  )
  const rule = `Where the whole interval says so, of at least ${MIN_PROCESSES} processes.`
  return `${rule}\n\n${lines.length === 0 ? 'Nowhere in this run.' : lines.join('\n')}`
}

function scenarioPart(results: Results, scenario: Scenario, picture: string | undefined): string[] {
  const rows = PEERS.flatMap((peer) => rowOf(results, scenario, peer))
  if (rows.length === 0) return []
  const metrics = metricsOf(scenario)
  const head = ['peer', ...metrics.flatMap(({ title, unit }) => [withUnit(title, unit), '× node:http'])]
  return [
    `## ${scenario.title}`,
    picture === undefined ? '' : `![${scenario.title}: ${metrics[0]?.title ?? ''} beside node:http](${picture})`,
    table([...head, 'core busy: proxy / upstream / load'], rows),
  ]
}

function rowOf(results: Results, scenario: Scenario, peer: Peer): string[][] {
  const windows = results.windowsOf(peer.id, scenario.id)
  const reason = results.reasonOf(peer.id, scenario.id)
  const metrics = metricsOf(scenario)
  if (windows.length === 0) {
    if (reason === undefined) return []
    return [[peer.title, `n/a: ${reason}`, ...Array.from({ length: metrics.length * 2 }, () => '')]]
  }
  const cells = metrics.flatMap(({ id }) => [
    number(results.value(peer.id, scenario.id, id)?.median),
    peer.id === BASE ? '1' : ratio(results.ratio({ peer: peer.id, against: BASE, scenario: scenario.id, metric: id })),
  ])
  return [[peer.title, ...cells, busyShares(windows)]]
}

/** Who had no time left: a proxy below 90 % was waiting for the other two, which may share a core. */
function busyShares(windows: ReturnType<Results['windowsOf']>): string {
  const share = (of: 'proxy' | 'upstream' | 'load'): string => {
    const shares = windows.map(({ cpuUs, seconds }) => cpuUs[of] / seconds / 10_000)
    return (shares.reduce((sum, each) => sum + each, 0) / shares.length).toFixed(0)
  }
  return `${share('proxy')} / ${share('upstream')} / ${share('load')} %`
}

function endingsPart(results: Results): string {
  const rows = ['faults-1', 'faults-10'].flatMap((scenario) =>
    PEERS.flatMap((peer) => {
      const windows = results.windowsOf(peer.id, scenario)
      if (windows.length === 0) return []
      const sum = (of: keyof Counts): string => String(windows.reduce((total, { counts }) => total + counts[of], 0))
      return [
        [
          `${peer.title}, ${scenario.slice('faults-'.length)} %`,
          sum('complete'),
          sum('told'),
          sum('refused'),
          sum('cut'),
          sum('short'),
          sum('failed'),
        ],
      ]
    }),
  )
  if (rows.length === 0) return ''
  const head = [
    'peer',
    'whole',
    'cut, ended by an error event',
    'error status instead',
    'cut, connection broken',
    'cut, looks whole',
    'no answer',
  ]
  return `## How the cut streams ended\n\n${table(head, rows)}`
}

function titleOf(peer: string): string {
  return PEERS.find(({ id }) => id === peer)?.title ?? peer
}

function withUnit(title: string, unit: string): string {
  return unit === '' ? title : `${title}, ${unit}`
}
