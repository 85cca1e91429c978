import { expect, test } from 'vitest'
import { evidenceOf } from '../../test/evidence-of.ts'
import { judgeConn1, judgeConn2 } from './connection.ts'

test('CONN-1 and CONN-2 are not tested when the cap was reached', () => {
  const evidence = {
    ...evidenceOf({}),
    sweep: { idleCloseMs: undefined, capMs: 9, advertisedMs: undefined, samples: [] },
  }
  expect(judgeConn1(evidence).verdict).toBe('not-tested')
  expect(judgeConn2(evidence).verdict).toBe('not-tested')
})

test('CONN-2 counts what was lost, not what the client saw closed in time', () => {
  const sweep = { idleCloseMs: 2_000, capMs: 9_000, advertisedMs: 2_000 }
  const at = (offsetMs: number, result: 'answered' | 'lost' | 'closed-before'): object => ({ offsetMs, result })
  const judge = (...samples: object[]): unknown =>
    judgeConn2({ ...evidenceOf({}), sweep: { ...sweep, samples: samples as never } })
  expect(judge(at(-1_000, 'answered'), at(3, 'closed-before'))).toEqual({ verdict: 'pass', because: '0 of 1 lost' })
  expect(judge(at(-1, 'answered'), at(0, 'lost'))).toEqual({
    verdict: 'fail',
    because: '1 of 2 requests lost: 1 at 0 ms',
  })
})
