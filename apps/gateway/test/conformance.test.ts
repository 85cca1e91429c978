import { fileURLToPath } from 'node:url'
import { exitCodeOf, loadTraces, readManifest, runSuite } from '@stopbit/conformance'
import { expandTrace } from '@stopbit/traces'
import { expect, test } from 'vitest'

const MANIFEST = fileURLToPath(new URL('../../../conformance/targets/gateway.json', import.meta.url))
/**
 * What is cut in which state, and at which byte, is the machine's business, which its own tests hold against every such trace
 * (packages/exchange/test/traces.test.ts). `./run conformance run --target conformance/targets/gateway.json` plays them here, too.
 */
const OF_THE_MACHINE = /\/(cut-|every-byte-|.*-reasons$)/

const traces = loadTraces()
  .map(({ trace }) => trace)
  .filter(({ id }) => !OF_THE_MACHINE.test(id))

test(
  'the gateway passes the traces of the suite that are about more than the machine',
  { timeout: 300_000 },
  async () => {
    const result = await runSuite(readManifest(MANIFEST), traces, { jobs: 6 })
    const cells = result.traces.flatMap(({ trace, cells: own }) => own.map((cell) => ({ trace, ...cell })))
    const objections = cells.filter(({ level, verdict }) => {
      return level === 'must' && verdict !== 'pass' && verdict !== 'not-applicable'
    })
    expect(objections).toEqual([])
    expect(exitCodeOf(result)).toBe(0)
    expect(result.traces.map(({ trace }) => trace)).toEqual(
      traces.flatMap((trace) => expandTrace(trace).map((permutation) => permutation.trace.id)),
    )
    expect(result.traces.filter(({ cells: own }) => own.every(({ verdict }) => verdict === 'not-applicable'))).toEqual(
      [],
    )
  },
)
