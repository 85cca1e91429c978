import type { WriteStream } from 'node:tty'
import { traceState, type TraceResult } from '../verdict.ts'
import { LiveView, type LiveLine } from './live-view.ts'
import type { Paint } from './printer.ts'
import { formatTraceLine } from './text-report.ts'

/** Tells people how far a run is. `label` names the target where there are several. */
export interface Progress {
  readonly onStart: (trace: { readonly id: string }) => void
  readonly onResult: (result: TraceResult, label?: string) => void
  /** Must be called at the end, whatever the end is. */
  readonly stop: () => void
}

export interface ProgressOptions {
  /** Traces to play, over all targets. */
  readonly total: number
  readonly paint: Paint
  /** Clock in milliseconds. Default `performance.now`. */
  readonly now?: () => number
}

/** Times pass also while no trace ends. */
const REDRAW_MS = 250
const BAR = 24
const NAMES = 4

/** On a terminal a live view, with a line for all that is not green; elsewhere one line per trace. */
export function createProgress(
  stream: Pick<WriteStream, 'write' | 'isTTY'> & { readonly columns?: number },
  options: ProgressOptions,
): Progress {
  const describe = (result: TraceResult, label?: string): string =>
    `${label === undefined ? '' : `${label}  `}${formatTraceLine(result, options.paint)}`
  if (!stream.isTTY) {
    const onResult: Progress['onResult'] = (result, label) => void stream.write(`${describe(result, label)}\n`)
    return { onStart: () => undefined, onResult, stop: () => undefined }
  }
  const { now = () => performance.now() } = options
  const view = new LiveView(stream, options.paint)
  const run = new RunState(options.total, now())
  const timer = setInterval(() => view.draw(run.lines(now())), REDRAW_MS)
  timer.unref()
  return {
    onStart: ({ id }) => {
      run.begin(id, now())
      view.draw(run.lines(now()))
    },
    onResult: (result, label) => {
      run.end(result)
      const lines = run.lines(now())
      const state = traceState(result)
      if (state === 'green' || state === 'skipped') view.draw(lines)
      else view.print(describe(result, label), lines)
    },
    stop: () => {
      clearInterval(timer)
      view.stop()
    },
  }
}

/** What is begun, through and failed. */
class RunState {
  readonly #total: number
  readonly #startedAt: number
  readonly #running = new Map<string, number>()
  readonly #failed: string[] = []
  #through = 0

  constructor(total: number, startedAt: number) {
    this.#total = total
    this.#startedAt = startedAt
  }

  begin(trace: string, at: number): void {
    this.#running.set(trace, at)
  }

  /** The permutations of a trace come together: the first takes it off. */
  end(result: TraceResult): void {
    if (this.#running.delete(result.base)) this.#through += 1
    if (traceState(result) === 'red') this.#failed.push(result.trace)
  }

  lines(at: number): LiveLine[] {
    const done = Math.round((BAR * this.#through) / this.#total)
    const bar = '━'.repeat(done) + '·'.repeat(BAR - done)
    const counted = `${String(this.#through).padStart(String(this.#total).length)} of ${this.#total}`
    const running = [...this.#running].map(([id, since]) => `${id} ${seconds(at - since)}`)
    return [
      { text: `${counted}  ${bar}  ${this.#left(at)}` },
      { text: `runs    ${listOf(running)}`, tone: 'quiet' },
      this.#failed.length === 0
        ? { text: 'failed  none so far', tone: 'quiet' }
        : { text: `failed  ${this.#failed.length}: ${listOf(this.#failed.toReversed())}`, tone: 'bad' },
    ]
  }

  #left(at: number): string {
    const elapsed = at - this.#startedAt
    if (this.#through === 0) return `${seconds(elapsed)} so far`
    return `about ${seconds((elapsed * (this.#total - this.#through)) / this.#through)} left`
  }
}

function listOf(names: readonly string[]): string {
  const more = names.length - NAMES
  return names.slice(0, NAMES).join(', ') + (more > 0 ? `, and ${more} more` : '')
}

function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`
}
