import { loadTraces, manifestFiles, matrixExitCode, readManifest, runMatrix, type Cell } from '@stopbit/conformance'
import { expect, test } from 'vitest'

/** The gateway plays all traces in its own tests; `./run conformance matrix` plays all against all. */
const TARGETS = ['node', 'express', 'fastify', 'hono-node', 'edge-node', 'edge-bun', 'edge-deno', 'edge-workerd']
/** One for each way that a stream goes: cut, cut in a tool call, silent, healthy. */
const TRACES = ['rst-mid-sse-856', 'reset-in-tool-call', 'silent-stall', 'complete-one-byte-chunks']

const traces = loadTraces(TRACES).map(({ trace }) => trace)

test.each(TARGETS)('%s conforms, as its manifest starts it', { timeout: 60_000 }, async (name) => {
  const entries = await runMatrix(manifestFiles([name]).map(readManifest), traces, { jobs: 4 })
  const cells: Cell[] = entries.flatMap(({ result }) => result.traces.flatMap(({ cells: own }) => own))
  expect(cells.filter(({ level, verdict }) => level === 'must' && verdict !== 'pass')).toEqual([])
  expect(cells.length).toBe(59)
  expect(matrixExitCode(entries)).toBe(0)
})

test('every target of the suite is played, here or by the gateway and the suite itself', () => {
  const names = manifestFiles().map((file) => readManifest(file).name)
  expect(names.toSorted()).toEqual([...TARGETS, 'gateway', 'reference'].toSorted())
})
