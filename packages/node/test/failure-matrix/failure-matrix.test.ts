import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { leaksIn } from './leaks.ts'
import { CASES, expectationOf, ROWS } from './matrix.ts'
import { nameOf } from './row.ts'
import { runCase } from './run-case.ts'

describe.concurrent('each way in which an upstream fails, made for real: what the client gets, and what the record says', () => {
  test.each(CASES)('$name', { timeout: 15_000 }, async (testCase) => {
    const expected = expectationOf(testCase)
    const outcome = await runCase(testCase.row, testCase.asked, testCase.policy)
    const { client, response, record, fired, requests, attested } = outcome

    // The client: an answer, or an envelope, or an error event; and no text of the runtime in anything of ours.
    expect({ got: client.got, status: response.status }).toEqual({ got: expected.client, status: expected.status })
    expect(leaksIn(client.own)).toEqual([])
    const word = record.fault?.proxyStatus
    const proxyStatus = expected.client === 'envelope' ? `stopbit; error=${word}` : undefined
    expect(response.headers.get('proxy-status')).toBe(proxyStatus)

    // The operator: one record, with the kind that the matrix gives this failure.
    if (expected.faults.length === 0) expect(record.fault).toBeUndefined()
    else {
      const { kind, proxyStatus: said, phase, retrySafety: safety } = record.fault ?? {}
      expect(expected.faults).toContainEqual({ kind, word: said, phase, safety })
    }
    if (expected.attempts !== undefined) expect(record.attempts).toHaveLength(expected.attempts)

    // The fault is attested: the upstream has made it, at every attempt, and has read nothing that counts as never sent.
    if (attested === 'once' || expected.fired === undefined) expect(fired).toBeGreaterThan(0)
    else expect(fired).toBe(expected.fired)
    if (record.fault?.retrySafety === 'never-sent') expect(requests).toBe(0)
  })
})

test('a reused connection that closes under a request is retried once, on a fresh connection', async () => {
  const race = CASES.find(
    ({ row, policy }) => row.reused === true && row.id === 'rst-before-headers' && policy === 'default',
  )
  const { record } = await runCase(race?.row ?? expect.unreachable(), 'stream', 'default')
  expect(record.attempts).toMatchObject([{ reused: true, fault: { kind: 'reused-closed' } }, { reused: false }])
})

test('every row of the matrix is made here', () => {
  const made = ROWS.filter(({ variant }) => variant === undefined).map(nameOf)
  expect(made.toSorted()).toEqual(lines('reference-rows.txt').toSorted())
})

test('the patterns for leaks find every text that was measured, and no word of ours', () => {
  const texts = lines('../../../faults/test/dictionary.txt').map((line) => line.slice(line.indexOf(': ') + 2))
  expect(texts.filter((text) => leaksIn(text).length === 0)).toEqual([])
  expect(leaksIn('The model API stopped before the response was complete. Try again.')).toEqual([])
})

function lines(file: string): string[] {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
    .trim()
    .split('\n')
}
