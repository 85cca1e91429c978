import { expect, test } from 'vitest'
import { INVARIANTS } from './invariants.ts'
import { loadTraces } from './load-traces.ts'
import { inProfiles, profileOf, PROFILES, selectsTrace } from './profiles.ts'

const TRACES = loadTraces().map(({ trace }) => trace)
const plain = { requires: ['sse'], dialect: 'anthropic-messages' } as const

test.each([
  ['HANG-1', 'core'],
  ['RAW-2', 'core'],
  ['ALIVE-1', 'core'],
  ['PREFIX-1', 'stream'],
  ['HONEST-2', 'stream'],
  ['UP-1', 'stream'],
  ['OUTCOME-1', 'stream'],
  ['UP-3', 'connections'],
  ['ALIVE-2', 'connections'],
  ['CONN-1', 'connections'],
])('%s belongs to %s where a trace requires nothing special', (invariant, profile) => {
  expect(profileOf(plain, invariant)).toBe(profile)
})

test('what a trace requires decides before the invariant does', () => {
  expect(profileOf({ requires: ['sse', 'keepalive-listener'] }, 'HANG-1')).toBe('connections')
  expect(profileOf({ requires: ['sse', 'upstream-tls'] }, 'HANG-1')).toBe('tls-upstream')
  expect(profileOf({ requires: ['upstream-h2', 'upstream-tls'] }, 'HANG-1')).toBe('h2-upstream')
})

test('each trace × invariant of the suite is in exactly one profile, and core and stream have both', () => {
  const names = PROFILES.map(({ name }) => name)
  for (const trace of TRACES) {
    for (const { id } of INVARIANTS)
      expect(names.filter((name) => inProfiles(trace, id, [name]))).toEqual([profileOf(trace, id)])
  }
  const has = (name: string): boolean => TRACES.some((trace) => selectsTrace(trace, [name]))
  expect([has('core'), has('stream'), has('connections')]).toEqual([true, true, true])
})

test('a dialect narrows the others, and no name is as good as all', () => {
  expect(inProfiles(plain, 'HANG-1', ['core', 'anthropic-messages'])).toBe(true)
  expect(inProfiles(plain, 'HANG-1', ['core', 'gemini'])).toBe(false)
  expect(inProfiles(plain, 'UP-1', ['core', 'anthropic-messages'])).toBe(false)
  expect(inProfiles(plain, 'UP-1', ['anthropic-messages'])).toBe(true)
  expect(inProfiles(plain, 'UP-1', [])).toBe(true)
})
