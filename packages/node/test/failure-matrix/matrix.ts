import { H2_ROWS } from './h2-rows.ts'
import { HTTP_BODY_ROWS } from './http-body-rows.ts'
import { HTTP_ROWS } from './http-rows.ts'
import { TLS_ROWS } from './tls-rows.ts'
import {
  expectationOf as rowExpectation,
  nameOf,
  type Asked,
  type Expectation,
  type ExpectedFault,
  type Policy,
  type Row,
} from './row.ts'

/** Every way in which an upstream was seen to fail, and a few variants. */
export const ROWS: readonly Row[] = [...HTTP_ROWS, ...HTTP_BODY_ROWS, ...TLS_ROWS, ...H2_ROWS]

/** A full queue of connections is made, and seen, in the way of Linux alone. */
function canBeMade({ id }: Row): boolean {
  return id !== 'connect-blackhole' || process.platform === 'linux'
}

/** One run of a row. */
export interface Case {
  readonly name: string
  readonly row: Row
  readonly asked: Asked
  readonly policy: Policy
}

/** Each row for a stream and for JSON, without retries and with those that the handler makes by default. */
export const CASES: readonly Case[] = ROWS.filter(canBeMade).flatMap((row) =>
  (['never', 'default'] as const).flatMap((policy) =>
    (['stream', 'json'] as const).map((asked) => ({
      name: `${nameOf(row)}, ${asked}, retry: ${policy}`,
      row,
      asked,
      policy,
    })),
  ),
)

/** What has to come of a case: the row's expectation, and what the retry policy makes of it. */
export interface CaseExpectation extends Expectation {
  /** Missing where the kernel decides which fault it is, and so whether there is another attempt. */
  readonly attempts?: number
  /** How often the upstream fails; missing where `attempts` is. */
  readonly fired?: number
}

/** Attempts that a policy makes where every one of them fails alike. */
const MAX_ATTEMPTS = 3
const MAX_SENT = 2

export function expectationOf({ row, asked, policy }: Case): CaseExpectation {
  const { sendsPerAttempt = 1 } = row
  const expected = rowExpectation(row, asked)
  const [fault, ...others] = expected.faults
  if (others.length > 0) return expected
  if (policy === 'default' && fault?.kind === 'reused-closed') {
    return { client: 'whole', status: 200, faults: [], attempts: 2, fired: 1 }
  }
  const attempts = policy === 'never' || fault === undefined ? 1 : attemptsOf(fault)
  return { ...expected, attempts, fired: attempts * sendsPerAttempt }
}

function attemptsOf({ kind, safety }: ExpectedFault): number {
  if (kind === 'tls-trust') return 1 // a certificate does not get better by asking again
  if (safety === 'never-sent') return MAX_ATTEMPTS
  return safety === 'declared-unprocessed' ? MAX_SENT : 1
}
