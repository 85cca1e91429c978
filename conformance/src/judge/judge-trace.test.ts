import { expect, test } from 'vitest'
import { errorEvent, evidenceOf, START } from '../../test/evidence-of.ts'
import type { Cell } from '../verdict.ts'
import { judgeTrace } from './judge-trace.ts'

const held = { state: 'held' } as const

function cell(cells: readonly Cell[], id: string): Cell | undefined {
  return cells.find(({ invariant }) => invariant === id)
}

test('judgeTrace() gives one red cell for one fault', () => {
  const reset = evidenceOf({
    sent: START,
    received: START,
    ending: { kind: 'rst', at: 2 },
    trace: { expect: { ...evidenceOf({}).trace.expect, clientHasEvents: 1 } },
  })
  const cells = judgeTrace(reset, held)
  expect(cells.filter(({ verdict }) => verdict === 'fail').map(({ invariant }) => invariant)).toEqual(['RAW-1'])
  expect(cell(cells, 'TERM-1')).toMatchObject({ verdict: 'blocked', by: 'RAW-1' })
  expect(cell(cells, 'OUTCOME-1')).toMatchObject({ verdict: 'blocked', by: 'RAW-1' })
})

test('judgeTrace() says nothing at all when the fault did not happen', () => {
  const cells = judgeTrace(evidenceOf({ sent: START, received: START, ending: { kind: 'rst', at: 2 } }), {
    state: 'missing',
    because: 'left out',
  })
  expect(new Set(cells.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']))
})

test('judgeTrace() lets a failure stand when the target ended early, and nothing else', () => {
  const evidence = evidenceOf({ sent: START, received: START + errorEvent('read ECONNRESET') })
  const cells = judgeTrace(evidence, { state: 'ended-early', because: 'too soon' })
  expect(cell(cells, 'LEAK-1')?.verdict).toBe('fail')
  expect(cell(cells, 'RAW-1')?.verdict).toBe('inconclusive')
})

test('judgeTrace() marks what passed before an allowed pre-emption', () => {
  const cells = judgeTrace(evidenceOf({ sent: START, received: START + errorEvent('Lost.') }), { state: 'preempted' })
  expect(cell(cells, 'RAW-1')).toMatchObject({ verdict: 'pass', preempted: true })
})

test('judgeTrace() never passes an invariant without a judge', () => {
  const evidence = evidenceOf({ sent: START, received: START + errorEvent('Lost.') })
  const cells = judgeTrace(
    { ...evidence, trace: { ...evidence.trace, expect: { ...evidence.trace.expect, must: ['XYZ-1'] } } },
    held,
  )
  expect(cell(cells, 'XYZ-1')).toMatchObject({ verdict: 'not-tested', because: 'this invariant has no judge yet' })
})

test('judgeTrace() only warns for a SHOULD', () => {
  const evidence = evidenceOf({
    sent: START,
    received: START,
    traceId: 'anthropic/silent-stall',
    ending: { kind: 'complete', at: 5_000 },
  })
  expect(cell(judgeTrace(evidence, held), 'LIVE-1')?.verdict).toBe('warn')
})

test.each([
  ['HANG-2', 'gemini', 'anthropic/rst-mid-sse-856'],
  ['TERM-1', 'opaque', 'anthropic/rst-mid-sse-856'],
  ['HANG-1', 'opaque', 'anthropic/silent-stall'],
] as const)('judgeTrace() does not hold %s against %s', (invariant, dialect, traceId) => {
  const ending = { kind: 'hang', at: 9_000, waitedMs: 9_000 } as const
  const cells = judgeTrace(evidenceOf({ sent: START, received: START, ending, traceId, trace: { dialect } }), held)
  expect(cell(cells, invariant)?.verdict).toBe('not-applicable')
})

test('judgeTrace() holds HANG-1 against opaque streams where the upstream is not silent', () => {
  const ending = { kind: 'hang', at: 9_000, waitedMs: 9_000 } as const
  const cells = judgeTrace(evidenceOf({ sent: START, received: START, ending, trace: { dialect: 'opaque' } }), held)
  expect(cell(cells, 'HANG-1')?.verdict).toBe('fail')
})

test('judgeTrace() blames a response that is left open after its terminal event on HANG-2 alone', () => {
  const ending = { kind: 'hang', at: 9_000, waitedMs: 9_000 } as const
  const cells = judgeTrace(evidenceOf({ sent: START, received: START + errorEvent('Lost.'), ending }), held)
  expect(cell(cells, 'HANG-2')?.verdict).toBe('fail')
  expect(cell(cells, 'HANG-1')).toMatchObject({ verdict: 'blocked', by: 'HANG-2' })
})
