import { parseArgs } from 'node:util'
import { runSoak } from './run-soak.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seconds: { type: 'string' }, parallel: { type: 'string' } },
})

const seed = wholeNumber('--seed', values.seed ?? String(Date.now() % 1_000_000))
const seconds = wholeNumber('--seconds', values.seconds ?? '600')
const parallel = wholeNumber('--parallel', values.parallel ?? '300')

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`Cannot use ${option}: must be a whole number, got "${text}"`)
}

const say = (text: string): void => void process.stdout.write(text)
say(`soak: seed ${seed}, ${seconds} s, ${parallel} sessions at a time\n`)
const startedAt = performance.now()
let toldAt = 0
const { problems, table, summary } = await runSoak({
  seed,
  seconds,
  warmUpSeconds: Math.min(15, Math.ceil(seconds / 5)),
  parallel,
  mayMiss: seconds >= 120 ? 0 : 10,
  maxLateShare: 0.05,
  onProgress(line) {
    const now = Math.round((performance.now() - startedAt) / 1_000)
    if (process.stdout.isTTY) return say(`\r\u001b[K${now} s: ${line}`)
    if (now - toldAt < 10) return
    toldAt = now
    say(`${now} s: ${line}\n`)
  },
})
say(`${process.stdout.isTTY ? '\n' : ''}\n${table}\n\n${summary}\n`)
for (const problem of problems.slice(0, 50)) say(`PROBLEM ${problem}\n`)
say(problems.length === 0 ? 'Everything settled.\n' : `${problems.length} problems. Again: --seed ${seed}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
