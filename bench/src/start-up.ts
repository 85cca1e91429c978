// What it costs to load each package, in a process of its own, and how large what is deployed is. Times are of this machine.
import { spawnSync } from 'node:child_process'
import { BUDGETS, measureBundle } from './budgets.ts'
import { number, table } from './report/format.ts'
import { median } from './report/statistics.ts'

const RUNS = 7
const PACKAGES = [
  '@stopbit/sse',
  '@stopbit/server-presets',
  '@stopbit/edge',
  '@stopbit/node',
  '@stopbit/fastify',
  'undici',
  'fastify',
]

const SCRIPT = `
const before = process.memoryUsage().rss
const startedAt = performance.now()
await import(process.argv[1])
process.stdout.write(JSON.stringify([performance.now() - startedAt, (process.memoryUsage().rss - before) / 1048576]))
`

/** From what is built, where it is: type stripping is no part of what a user pays. */
function importCost(name: string): readonly [milliseconds: number, mebibytes: number] {
  const runs = Array.from({ length: RUNS }, () => {
    const args = ['--input-type=module', '--eval', SCRIPT, name]
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' })
    if (status !== 0)
      throw new Error(`Cannot import ${name}: ${stderr.trim().split('\n').at(-1)}. Is it built (./run build)?`)
    return JSON.parse(stdout) as [number, number]
  })
  return [median(runs.map(([time]) => time)), median(runs.map(([, memory]) => memory))]
}

const imports = PACKAGES.map((name) => {
  const [milliseconds, mebibytes] = importCost(name)
  return [name, number(milliseconds), number(mebibytes)]
})
process.stdout.write(`${table(['import', 'ms', 'RSS, MiB'], imports)}\n\n`)

const sizes: string[][] = []
let tooLarge = 0
for (const budget of BUDGETS) {
  const { kib, gzipKib } = await measureBundle(budget)
  if (kib > budget.maxKib) tooLarge++
  sizes.push([
    budget.title,
    number(kib),
    number(gzipKib),
    String(budget.maxKib),
    kib > budget.maxKib ? 'too large' : 'ok',
  ])
}
process.stdout.write(`${table(['bundle', 'KiB, minified', 'KiB, gzip', 'budget, KiB', ''], sizes)}\n`)
process.exitCode = tooLarge === 0 ? 0 : 1
