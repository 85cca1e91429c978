import { expandTrace, type Trace } from '@stopbit/traces'
import { listTraces, loadTrace } from '@stopbit/traces/data'
import { expect, test } from 'vitest'
import { fidelityOf } from '../../src/index.ts'
import { sameReading } from './agreement-page.ts'
import { PLAIN_FETCH } from './clients.ts'
import { compareInNode } from './compare.ts'

/** What the raw upstream of these tests does not play, and what is too large to be read twice in passing. */
const NOT_PLAYED = new Set(['anthropic/rst-in-8-mib-event', 'transport/slow-reader'])
/** Its FIN follows coded bytes at once: how far the decoder had come is chance, on both sides. */
const CHANCE = 'transport/gzip-cut/ending:fin-mid-chunk'

/** The permutations of a trace; of one that is cut everywhere, the first, the middle and the last place. */
function permutationsOf(trace: Trace): Trace[] {
  const all = expandTrace(trace).map((permutation) => permutation.trace)
  if (trace.cuts === undefined) return all
  return [0, Math.floor(all.length / 2), all.length - 1].flatMap((index) => all[index] ?? [])
}

test('`fetch` of Node reads every trace without TLS under replay as behind a socket, header fields included', async () => {
  const traces = await Promise.all(listTraces().map(({ id }) => loadTrace(id)))
  const played = traces
    .filter(({ id, upstream }) => upstream.tls === undefined && !NOT_PLAYED.has(id))
    .filter((trace) => fidelityOf(trace).fidelity !== 'impossible')
    .flatMap(permutationsOf)
    .filter(({ id, upstream }) => id !== CHANCE && !JSON.stringify(upstream).includes('"pause-read"'))
  const cells = await compareInNode(played.map((trace) => ({ trace, client: PLAIN_FETCH })))
  expect(cells.length).toBeGreaterThan(400)
  expect(cells.filter(({ raw, replayed }) => !sameReading(raw, replayed))).toEqual([])
}, 180_000)
