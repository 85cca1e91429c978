/**
 * Throws made-up streams at the finalizer for some seconds, outside CI:
 * `node --conditions=@stopbit/source packages/sse/oracle/fuzz.ts [--seconds N] [--seed N]`. A failure prints its seed;
 * `--seed` with that number makes the same case first.
 */
import { parseArgs } from 'node:util'
import { checkFuzzCase } from './check-fuzz-case.ts'
import { findDialect } from './find-dialect.ts'
import { createFuzzCase } from './fuzz-case.ts'
import { createRandom } from './random.ts'

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
})

/** Enough to see whether failures are of one kind. */
const MAX_FAILURES = 5

function main(): void {
  const until = Date.now() + Number(options.seconds) * 1000
  const firstSeed = options.seed === undefined ? Date.now() % 1_000_000_000 : Number(options.seed)
  let failures = 0
  let seed = firstSeed
  for (; Date.now() < until && failures < MAX_FAILURES; seed++) if (!passes(seed)) failures++
  process.stdout.write(`${String(seed - firstSeed)} cases from seed ${String(firstSeed)}, ${String(failures)} failed\n`)
  process.exitCode = failures > 0 ? 1 : 0
}

function passes(seed: number): boolean {
  const random = createRandom(seed)
  const fuzzCase = createFuzzCase(random)
  const broken = checkFuzzCase(findDialect(fuzzCase.dialect), fuzzCase, random)
  if (broken === undefined) return true
  const { bytes, ...rest } = fuzzCase
  process.stdout.write(`seed ${String(seed)}: ${broken}\n  ${JSON.stringify(rest)}\n`)
  process.stdout.write(`  ${JSON.stringify(Buffer.from(bytes).toString())}\n`)
  return false
}

main()
