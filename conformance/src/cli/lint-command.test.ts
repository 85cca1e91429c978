import { expect, test } from 'vitest'
import { loadTraces } from '../load-traces.ts'
import { lintTraceFile } from './lint-command.ts'

test.each(loadTraces().map((file) => [file.trace.id, file] as const))(
  'lintTraceFile() finds nothing in %s',
  async (_, file) => {
    expect(await lintTraceFile(file)).toEqual([])
  },
)

test('lintTraceFile() refuses an invariant that the suite does not know', async () => {
  const [file] = loadTraces(['anthropic/rst-before-head'])
  if (file === undefined) throw new Error('no such trace')
  const trace = { ...file.trace, expect: { ...file.trace.expect, must: ['NOPE-1'] } }
  expect(await lintTraceFile({ ...file, trace })).toEqual([
    `conformance/${file.file}: expect: unknown invariant NOPE-1`,
  ])
})

test('lintTraceFile() refuses a promise of more events than the script sends', async () => {
  const [file] = loadTraces(['anthropic/rst-mid-sse-856'])
  if (file === undefined) throw new Error('no such trace')
  const trace = { ...file.trace, expect: { ...file.trace.expect, clientHasEvents: 7 } }
  expect(await lintTraceFile({ ...file, trace })).toEqual([
    `conformance/${file.file}: expect.clientHasEvents: is 7, the script sends 6 complete events`,
  ])
})

test('loadTraces() matches by id, by slug, and with stars', () => {
  const ids = (...patterns: string[]): string[] => loadTraces(patterns).map(({ trace }) => trace.id)
  expect(ids('pool/idle-close-race')).toEqual(['pool/idle-close-race'])
  expect(ids('idle-close-race')).toEqual(['pool/idle-close-race'])
  expect(ids('anthr*/rst-before-head', 'pool/*')).toEqual(['anthropic/rst-before-head', 'pool/idle-close-race'])
  expect(ids('**')).toEqual(loadTraces().map(({ trace }) => trace.id))
  expect(ids('rst')).toEqual([])
})
