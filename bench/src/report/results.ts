import type { Measurement } from '../load/run-job.ts'
import type { Outcome } from '../run/run-bench.ts'
import { scenarioOf } from '../scenarios.ts'
import { metricsOf, type MetricId } from './metrics.ts'
import { estimate, median, MIN_PROCESSES, type Estimate } from './statistics.ts'
import type { Target } from './targets.ts'

/** Whether a target holds: its whole interval does, or none of it does. */
export type Verdict = 'met' | 'missed' | 'inconclusive' | 'not measured'

/** What was measured, by round, peer and scenario. */
export class Results {
  readonly #windows = new Map<string, Measurement>()
  readonly #reasons = new Map<string, string>()
  readonly #rounds: number
  readonly #roundsPerProcess: number

  constructor(outcomes: readonly Outcome[], roundsPerProcess: number) {
    this.#roundsPerProcess = roundsPerProcess
    this.#rounds = 1 + Math.max(-1, ...outcomes.map(({ round }) => round))
    for (const { round, peer, scenario, result } of outcomes) {
      if (result.is === 'measured') this.#windows.set(`${round} ${peer} ${scenario}`, result.measurement)
      else this.#reasons.set(`${peer} ${scenario}`, result.reason)
    }
  }

  /** Why there is no number. */
  reasonOf(peer: string, scenario: string): string | undefined {
    return this.#reasons.get(`${peer} ${scenario}`)
  }

  windowsOf(peer: string, scenario: string): Measurement[] {
    return this.#perProcess(scenario, (round) => this.#windows.get(`${round} ${peer} ${scenario}`)).flat()
  }

  /** The metric's value over all rounds. */
  value(peer: string, scenario: string, metric: MetricId): Estimate | undefined {
    return estimate(this.#perProcess(scenario, (round) => this.#valueIn(round, peer, scenario, metric)))
  }

  /**
   * The metric's value in each of these scenarios, of the rounds in which the peer was measured in all of them that it was measured in at
   * all: a machine that was slow for some minutes would bend a curve of others.
   */
  valuesTogether(peer: string, scenarios: readonly string[], metric: MetricId): (number | undefined)[] {
    const perRound = Array.from({ length: this.#rounds }, (_, round) =>
      scenarios.map((scenario) => this.#valueIn(round, peer, scenario, metric)),
    )
    const isMeasured = scenarios.map((_, i) => perRound.some((values) => values[i] !== undefined))
    const whole = perRound.filter((values) => values.every((value, i) => value !== undefined || !isMeasured[i]))
    return scenarios.map((_, i) => {
      const values = whole.map((of) => of[i]).filter((value) => value !== undefined)
      return values.length === 0 ? undefined : median(values)
    })
  }

  /** The ratio of two peers, or of one to itself in another scenario, each of one round: what the machine did to both. */
  ratio({
    peer,
    against,
    scenario,
    againstScenario = scenario,
    metric,
  }: Pick<Target, 'peer' | 'against' | 'scenario' | 'againstScenario' | 'metric'>): Estimate | undefined {
    return estimate(
      this.#perProcess(scenario, (round) => {
        const value = this.#valueIn(round, peer, scenario, metric)
        const base = this.#valueIn(round, against, againstScenario, metric)
        // What is added to a latency may be less than nothing, and then there is no ratio.
        return value === undefined || base === undefined || value <= 0 || base <= 0 ? undefined : value / base
      }),
    )
  }

  verdict(target: Target): { readonly verdict: Verdict; readonly ratio: Estimate | undefined } {
    const ratio = this.ratio(target)
    if (ratio === undefined) return { verdict: 'not measured', ratio }
    if (ratio.processes < MIN_PROCESSES) return { verdict: 'inconclusive', ratio }
    const { atMost = Infinity, atLeast = -Infinity } = target
    if (ratio.high <= atMost && ratio.low >= atLeast) return { verdict: 'met', ratio }
    return { verdict: ratio.low > atMost || ratio.high < atLeast ? 'missed' : 'inconclusive', ratio }
  }

  #valueIn(round: number, peer: string, scenarioId: string, metricId: MetricId): number | undefined {
    const measurement = this.#windows.get(`${round} ${peer} ${scenarioId}`)
    const scenario = scenarioOf(scenarioId)
    const metric = metricsOf(scenario).find(({ id }) => id === metricId)
    if (measurement === undefined || metric === undefined) return undefined
    return metric.of(measurement, scenario.work, this.#windows.get(`${round} direct ${scenarioId}`))
  }

  /** What each round says, by the processes that they were measured on. */
  #perProcess<Value>(scenarioId: string, of: (round: number) => Value | undefined): Value[][] {
    const roundsEach = scenarioOf(scenarioId).fresh ? 1 : this.#roundsPerProcess
    const groups: Value[][] = []
    for (let round = 0; round < this.#rounds; round++) {
      const value = of(round)
      if (value !== undefined) (groups[Math.floor(round / roundsEach)] ??= []).push(value)
    }
    return groups.filter((group) => group !== undefined)
  }
}
