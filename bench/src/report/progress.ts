import type { Plan } from '../run/plan.ts'
import type { Outcome } from '../run/run-bench.ts'

const EVERY_MS = 30_000

/** Says how far a run is: on one line of a terminal, else twice a minute. What went wrong always has a line of its own. */
export function showProgress(out: NodeJS.WriteStream, plan: Plan): (outcome: Outcome) => void {
  const total = plan.reduce((sum, jobs) => sum + jobs.length, 0)
  const startedAt = performance.now()
  const said = new Set<string>()
  let done = 0
  let saidAt = -Infinity
  return ({ round, peer, scenario, result }) => {
    done++
    const now = performance.now()
    const minutes = (now - startedAt) / 60_000
    const rest = ((minutes / done) * (total - done)).toFixed(1)
    const line = `round ${round + 1} of ${plan.length}, window ${done} of ${total}, ${rest} min left: ${peer} ${scenario}`
    if (out.isTTY) out.write(`\r\u001B[K${done === total ? '' : line}`)
    else if (now - saidAt > EVERY_MS) {
      out.write(`${line}\n`)
      saidAt = now
    }
    if (result.is === 'measured') return
    const complaint = `${peer} ${scenario}: ${result.is === 'failed' ? 'FAILED' : 'n/a'}, ${result.reason}`
    if (!said.has(complaint)) out.write(`${out.isTTY ? '\r\u001B[K' : ''}${complaint}\n`)
    said.add(complaint)
  }
}
