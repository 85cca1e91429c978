// `./run bench`: every peer in every scenario, side by side. See `--help`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative, dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { peerOf } from './peers.ts'
import { renderMarkdown, renderScenarios } from './report/markdown.ts'
import { CURVES, renderGrowth } from './report/growth.ts'
import { renderPicture } from './report/picture.ts'
import { showProgress } from './report/progress.ts'
import { Results } from './report/results.ts'
import { busyCores, commitOf, factsOf, warningOf, type RunFacts } from './report/run-facts.ts'
import { keepCoresAwake } from './run/awake-cores.ts'
import { makePlan } from './run/plan.ts'
import { LUKEWARM, ROUNDS_PER_PROCESS, runBench, WARM, type Outcome } from './run/run-bench.ts'
import { SCENARIOS } from './scenarios.ts'
import { runSoak } from './soak.ts'

const HELP = `Usage: ./run bench [options]

  --quick             few peers, one round, hardly warmed up, under 90 seconds
  --rounds N          rounds of what decides (default 48)
  --broad N           in how many of them every peer runs every scenario (default 3); those for which a process is started,
                      memory and TLS, in every third
  --peers a,b         only these
  --scenarios x,y     only these
  --json FILE         every window, with the machine and the versions
  --from FILE         no run: the report of what --json has written
  --write FILE        the report in Markdown, and scenarios.md beside it (default: standard output)
  --svg DIR           one picture per scenario
  --soak SECONDS      steady load on one peer (--peers, default stopbit-gateway) instead: are memory and CPU flat?

Linux only: it reads /proc. As root, a run has idle cores poll, which makes numbers steadier. Exit code 1 when a byte was
other than sent, or a peer did not start.
`

/** Of the pages of the docs site. */
const REPORT_HEAD = `---
title: What it costs, measured
description: What Stopbit costs beside other proxies, in ratios of one interleaved run.
editUrl: false
sidebar:
  order: 1
  label: Measurements
---

`
const SCENARIOS_HEAD = `---
title: What it costs, scenario by scenario
description: What each proxy did in each scenario of the run, with pictures.
editUrl: false
sidebar:
  order: 2
  label: By scenario
---

Of the same run as [the measurements](/performance/measurements/). Whoever is in no target was measured in fewer rounds than
the others, and the machine was not as fast in each: compare the ratios, and not the numbers beside them.

`

/** What `--json` writes. */
interface Run {
  readonly facts: RunFacts
  readonly outcomes: readonly Outcome[]
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    broad: { type: 'string', default: '3' },
    peers: { type: 'string' },
    scenarios: { type: 'string' },
    json: { type: 'string' },
    from: { type: 'string' },
    write: { type: 'string' },
    svg: { type: 'string' },
    soak: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) process.stdout.write(HELP)
else if (values.from !== undefined) writeAgain(values.from)
else if (process.platform !== 'linux')
  throw new Error('Cannot measure here: CPU time and memory are read from /proc, which only Linux has')
else if (values.soak === undefined) await bench()
else process.exitCode = await runSoak(peerOf(values.peers ?? 'stopbit-gateway'), wholeNumber('soak', values.soak))

async function bench(): Promise<void> {
  const rounds = wholeNumber('rounds', values.rounds ?? (values.quick ? '1' : '48'))
  const broadRounds = Math.min(rounds, wholeNumber('broad', values.broad))
  const commit = commitOf()
  const busyBefore = await busyCores()
  const warning = warningOf(busyBefore)
  if (warning !== undefined) process.stderr.write(`${warning}\n`)
  const plan = makePlan({
    rounds,
    broadRounds,
    roundsPerProcess: ROUNDS_PER_PROCESS,
    peers: list(values.peers),
    scenarios: list(values.scenarios),
    quick: values.quick,
  })
  const outcomes: Outcome[] = []
  const startedAt = performance.now()
  const progress = showProgress(process.stderr, plan)
  const take = (outcome: Outcome): void => {
    outcomes.push(outcome)
    progress(outcome)
  }
  const warmUp = values.quick ? LUKEWARM : WARM
  const letCoresHalt = keepCoresAwake()
  const cores = await runBench(plan, take, warmUp)
  letCoresHalt?.()
  const seconds = (performance.now() - startedAt) / 1000
  const coresAwake = letCoresHalt !== undefined
  const run = { commit, rounds, broadRounds, roundsPerProcess: ROUNDS_PER_PROCESS, seconds, cores, coresAwake, warmUp }
  write(outcomes, factsOf(plan, { ...run, busyBefore, busyAfter: await busyCores() }))
  if (outcomes.some(({ result }) => result.is === 'failed')) process.exitCode = 1
}

function writeAgain(file: string): void {
  const run = parsed(readFileSync(file, 'utf8'))
  if (!Array.isArray(run?.outcomes) || run.facts?.roundsPerProcess === undefined)
    throw new TypeError(`Cannot use --from: must be what --json has written, got ${file}`)
  write(run.outcomes, run.facts)
}

function parsed(text: string): Partial<Run> | null {
  try {
    return JSON.parse(text) as Partial<Run> | null
  } catch {
    return null
  }
}

function write(outcomes: readonly Outcome[], facts: RunFacts): void {
  const results = new Results(outcomes, facts.roundsPerProcess)
  const pictures = new Map<string, string>()
  const draw = (id: string, picture: string | undefined): void => {
    if (picture === undefined || values.svg === undefined) return
    pictures.set(id, writeWhole(join(values.svg, `${id}.svg`), picture))
  }
  for (const scenario of SCENARIOS) draw(scenario.id, renderPicture(results, scenario))
  for (const curve of CURVES) draw(curve.id, renderGrowth(results, curve))
  if (values.json !== undefined) writeWhole(values.json, `${JSON.stringify({ facts, outcomes } satisfies Run)}\n`)
  const pictureOf = (id: string): string | undefined => {
    const file = pictures.get(id)
    if (file === undefined) return undefined
    return `./${values.write === undefined ? basename(file) : relative(dirname(resolve(values.write)), resolve(file))}`
  }
  const report = renderMarkdown(results, facts, pictureOf)
  const scenarios = renderScenarios(results, pictureOf)
  if (values.write === undefined) return void process.stdout.write(`${report}\n${scenarios}`)
  writeWhole(values.write, `${REPORT_HEAD}${report}`)
  writeWhole(join(dirname(values.write), 'scenarios.md'), `${SCENARIOS_HEAD}${scenarios}`)
}

function writeWhole(file: string, text: string): string {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

function list(text: string | undefined): string[] | undefined {
  return text?.split(',').map((each) => each.trim())
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new RangeError(`Cannot use --${option}: must be a whole number, at least 1, got "${text}"`)
}
