import { loadTraces, manifestFiles, readManifest } from '@stopbit/conformance'
import { expect, test } from 'vitest'
import { EDGE_LIMITS, FETCH_LIMITS, NODE_LIMITS, variablesOf } from '../src/target-options.ts'

const UNDERSTOOD = {
  node: NODE_LIMITS,
  express: NODE_LIMITS,
  fastify: NODE_LIMITS,
  'hono-node': FETCH_LIMITS,
  'edge-node': FETCH_LIMITS,
  'edge-bun': EDGE_LIMITS,
  'edge-deno': EDGE_LIMITS,
  'edge-workerd': EDGE_LIMITS,
}
const needed = new Set(loadTraces().flatMap(({ trace }) => trace.requires))

test.each(Object.entries(UNDERSTOOD))(
  'the manifest of %s says what it understands and what it lacks',
  (name, limits) => {
    const [manifest] = manifestFiles([name]).map((file) => readManifest(file).manifest)
    expect([...(manifest?.environment ?? [])].toSorted()).toEqual(variablesOf(limits).toSorted())
    const lacked = [...needed].filter((feature) => manifest?.features.includes(feature) !== true)
    expect(Object.keys(manifest?.lacks ?? {}).toSorted()).toEqual(lacked.toSorted())
  },
)
