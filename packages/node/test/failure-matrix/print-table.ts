import { leaksIn } from './leaks.ts'
import { CASES, expectationOf, ROWS, type Case } from './matrix.ts'
import { nameOf } from './row.ts'
import { runCase, type Outcome } from './run-case.ts'

// Prints the failure matrix as it is made here, one line for each row and outcome:
// node --conditions=@stopbit/source packages/node/test/failure-matrix/print-table.ts

const CONCURRENT = 8

const outcomes = new Map<Case, Outcome | Error>()
const waiting = [...CASES]
await Promise.all(Array.from({ length: CONCURRENT }, work))

const lines = ROWS.flatMap((row) => {
  const cells = new Map<string, string[]>()
  for (const testCase of CASES.filter((made) => made.row === row)) {
    const line = cellsOf(testCase)
    cells.set(line, [...(cells.get(line) ?? []), `${testCase.asked}/${testCase.policy}`])
  }
  return [...cells].map(([line, cases]) => `| ${nameOf(row)} | ${shorten(cases)} | ${line} |`)
})
const wrong = CASES.filter((testCase) => !isAsExpected(testCase))
process.stdout.write(
  `${[
    '| row | asked for / retry | client got | kind | RFC 9209 | phase | sent again | attempts |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
    `${ROWS.length} rows, ${CASES.length} cases, ${wrong.length} not as expected${wrong.map(({ name }) => `\n- ${name}`).join('')}`,
  ].join('\n')}\n`,
)
process.exitCode = wrong.length === 0 ? 0 : 1

async function work(): Promise<void> {
  for (let testCase = waiting.shift(); testCase !== undefined; testCase = waiting.shift()) {
    const { row, asked, policy } = testCase
    outcomes.set(testCase, await runCase(row, asked, policy).catch((error: Error) => error))
  }
}

function cellsOf(testCase: Case): string {
  const outcome = outcomes.get(testCase)
  if (outcome === undefined || outcome instanceof Error) return `no outcome: ${outcome?.message} | | | | |`
  const { client, response, record } = outcome
  const { kind = '–', proxyStatus = '–', phase = '–', retrySafety = '–' } = record.fault ?? {}
  const got = typeof client.got === 'string' ? client.got : `WRONG: ${client.got.wrong}`
  return [`${got} ${response.status}`, kind, proxyStatus, phase, retrySafety, record.attempts.length].join(' | ')
}

function isAsExpected(testCase: Case): boolean {
  const outcome = outcomes.get(testCase)
  if (outcome === undefined || outcome instanceof Error) return false
  const { client, response, record } = outcome
  const expected = expectationOf(testCase)
  const hasKind = expected.faults.some(({ kind }) => kind === record.fault?.kind)
  return (
    client.got === expected.client &&
    response.status === expected.status &&
    (expected.faults.length === 0 ? record.fault === undefined : hasKind) &&
    (expected.attempts ?? record.attempts.length) === record.attempts.length &&
    leaksIn(client.own).length === 0
  )
}

/** What all four cases of a row share is said once. */
function shorten(cases: readonly string[]): string {
  if (cases.length === 4) return 'all'
  for (const side of ['stream', 'json'])
    if (cases.length === 2 && cases.every((name) => name.startsWith(side))) return side
  for (const side of ['never', 'default'])
    if (cases.length === 2 && cases.every((name) => name.endsWith(side))) return side
  return cases.join(', ')
}
