import { COVERAGE, findHoles, loadTraces } from '../../conformance/src/index.ts'
import { expect, test } from 'vitest'

test('the coverage table has no silent hole', () => {
  expect(
    findHoles(
      COVERAGE,
      loadTraces().map(({ trace }) => trace),
    ),
  ).toEqual([])
})

test('a hole is found: a row without trace or reason, a trace that is gone, a missing permutation, a trace in no row', () => {
  const traces = loadTraces(['anthropic/cut-in-text', 'anthropic/complete-crlf']).map(({ trace }) => trace)
  const rows = [
    { what: 'nothing', traces: [] },
    { what: 'gone', traces: ['anthropic/gone'] },
    { what: 'in text', traces: ['anthropic/cut-in-text'] },
  ]
  const inEach = { param: 'ending', values: ['rst', 'bang'] }
  expect(findHoles([{ title: 'T', about: '', inEach, rows }], traces)).toEqual([
    'T: nothing: no trace, and no reason',
    'T: gone: there is no trace anthropic/gone',
    'T: in text: anthropic/cut-in-text is not played with ending:bang',
    'anthropic/complete-crlf stands in no row of the coverage table',
  ])
})
