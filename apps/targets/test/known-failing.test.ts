import { bareManifest, loadTraces, manifestFiles, readManifest, runSuite, type Cell } from '@stopbit/conformance'
import { expect, test } from 'vitest'

const ENTRIES = manifestFiles().flatMap((file) =>
  (readManifest(file).knownFailing ?? []).map((entry) => ({ ...entry, file, name: readManifest(file).name })),
)

async function cellOf(manifest: string, trace: string, invariant: string): Promise<Cell | undefined> {
  const traces = loadTraces([trace]).map(({ trace: loaded }) => loaded)
  const { traces: results } = await runSuite(readManifest(manifest), traces)
  return results[0]?.cells.find((cell) => cell.invariant === invariant)
}

test.concurrent.each(ENTRIES)(
  '$name fails $invariant in $trace, and so does $bare',
  { timeout: 30_000 },
  async ({ file, trace, invariant, bare }) => {
    const own = await cellOf(file, trace, invariant)
    expect(own).toMatchObject({ verdict: 'known-failing' })
    const proof = await cellOf(bareManifest(file, bare), trace, invariant)
    expect(proof?.verdict).toMatch(/^(fail|warn)$/)
  },
)

test('there is a list, so that the tests above are not empty', () => {
  expect(ENTRIES.length).toBeGreaterThan(0)
})
