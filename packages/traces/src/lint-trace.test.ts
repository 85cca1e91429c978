import { expect, test } from 'vitest'
import { exampleTrace } from '../test/example-trace.ts'
import { lintTrace } from './lint-trace.ts'
import { parseTrace } from './read-trace.ts'

const FILE = 'traces/x/y.trace.json'

async function lint(change: object, file = FILE): Promise<string[]> {
  return await lintTrace(parseTrace(JSON.stringify({ ...exampleTrace(), ...change }), file), file)
}

function scripted(...script: object[]): object {
  return { upstream: { connections: [{ script: [{ do: 'read-request' }, ...script] }] }, check: undefined }
}

const HEAD = { do: 'send', as: 'head', lines: ['HTTP/1.1 200 OK'] }

test('lintTrace() finds nothing in a sound trace', async () => {
  expect(await lint({})).toEqual([])
})

test('lintTrace() recomputes the check sums over the body bytes before the fault', async () => {
  expect(await lint({ check: { bodyBytes: 4, bodySha256_16: '0000000000000000' } })).toEqual([
    'check.bodyBytes: is 4, the script sends 3',
    "check.bodySha256_16: is 0000000000000000, the script's bytes have ba7816bf8f01cfea",
  ])
  expect(await lint({ check: undefined })).toEqual(['check: is missing; the script sends 3 body bytes'])
})

test('lintTrace() holds the id to the file and the folder', async () => {
  expect(await lint({}, 'traces/x/z.trace.json')).toEqual(['id: "x/y" belongs into x/y.trace.json, not x/z.trace.json'])
})

test('lintTrace() wants exactly one fault, and none in a control trace', async () => {
  expect(await lint(scripted({ do: 'fin' }))).toEqual([
    'a trace has exactly one step with fault: true, this one has 0; or tag it "control"',
  ])
  expect(await lint({ ...scripted({ do: 'fin' }), tags: ['control'] })).toEqual([])
  expect(await lint({ tags: ['control'] })).toEqual(['tags: a control trace has no step with fault: true'])
})

test('lintTrace() wants sources and fidelity of a reconstructed trace, and a reviewer of a recorded one', async () => {
  expect(await lint({ provenance: { kind: 'reconstructed' } })).toEqual([
    'provenance.sources: a reconstructed trace names its sources',
    'provenance.fidelity: a reconstructed trace says how true it is',
  ])
  expect(await lint({ provenance: { kind: 'recorded', sources: ['a log'] } })).toContain(
    'provenance.redaction.reviewedBy: a recorded trace names its reviewer',
  )
})

test('lintTrace() keeps a silence and the limit that could cut it a factor of 2 apart', async () => {
  const silence = (ms: number): object => scripted(HEAD, { do: 'wait', ms }, { do: 'rst', fault: true })
  expect(await lint(silence(20_000))).toEqual([])
  expect(await lint(silence(30_000))).toEqual([
    'clocks: upstream silence (30000 ms) and idleTimeoutMs (45000 ms) lie within a factor of 2',
  ])
})

test('lintTrace() ignores clocks that cannot decide: the headers limit once the head is out', async () => {
  expect(
    await lint({
      ...scripted(HEAD, { do: 'wait', ms: 20_000 }, { do: 'rst', fault: true }),
      limits: { headersTimeoutMs: 20_000 },
    }),
  ).toEqual([])
})

test('lintTrace() keeps an abort window away from the scaled idle limit', async () => {
  const client = [...exampleTrace().client.slice(0, 2), { do: 'abort', conn: 'c1', how: 'fin', fault: true }]
  const script = scripted(HEAD, { do: 'expect-abort', withinMs: 1_500 })
  expect(await lint({ ...script, client, limits: { heartbeatMs: 60_000 } })).toEqual([
    'clocks: expect-abort.withinMs (1500 ms) and idleTimeoutMs × 0.05 (2250 ms) lie within a factor of 2',
  ])
})

test('lintTrace() keeps the first heartbeat out of an abort window', async () => {
  const client = [...exampleTrace().client.slice(0, 2), { do: 'abort', conn: 'c1', how: 'fin', fault: true }]
  const script = scripted(HEAD, { do: 'expect-abort', withinMs: 1_000 })
  expect(await lint({ ...script, client })).toEqual([
    'clocks: heartbeatMs × 0.05 (350 ms) is less than twice expect-abort.withinMs (1000 ms)',
  ])
})

test.each([
  [
    'a step after stall',
    scripted({ do: 'stall', boundedBy: 'idleTimeoutMs', fault: true }, { do: 'fin' }),
    'nothing can follow stall',
  ],
  ['refuse among others', scripted({ do: 'refuse', fault: true }), 'refuse is the only step of the only connection'],
  ['head lines as a chunk', scripted({ ...HEAD, as: 'chunk' }, { do: 'rst', fault: true }), 'only with as: head'],
  [
    'an unknown preset',
    {
      client: [
        { do: 'connect', conn: 'c1' },
        { do: 'request', conn: 'c1', path: '/', preset: 'nope' },
      ],
    },
    'unknown preset "nope"',
  ],
  [
    'a request before its connection',
    { client: [{ do: 'request', conn: 'c1', path: '/', preset: 'anthropic-messages/json' }] },
    'is not connected yet',
  ],
  ['a parameter without a sweep', { client: [{ do: 'wait', ms: '$idleMs' }] }, "$idleMs is not the sweep's parameter"],
])('lintTrace() refuses %s', async (_, change, rule) => {
  expect((await lint(change)).join('\n')).toContain(rule)
})

test('lintTrace() cuts no body at each of so many bytes, and takes no name of JavaScript for a preset', async () => {
  const long = scripted(HEAD, { do: 'send', as: 'raw', text: 'x'.repeat(20_000) }, { do: 'fin', fault: true })
  expect(await lint({ ...long, cuts: { from: 0 } })).toContain(
    'cuts: Cannot cut x/y: its body has 20000 bytes, at most 16384 can be cut',
  )
  const [connect, request, end] = exampleTrace().client
  expect(await lint({ client: [connect, { ...request, preset: 'toString' }, end] })).toEqual([
    'client[1].preset: unknown preset "toString"',
  ])
})
