import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Trace } from '@stopbit/traces'
import { expect, test } from 'vitest'
import { loadTraces } from './load-traces.ts'
import {
  counts,
  freezeRequirements,
  readRequirements,
  releases,
  requirementsOf,
  scoredTraces,
  withdrawnCells,
} from './requirements.ts'

const TRACES = loadTraces().map(({ trace }) => trace)
const folder = (): string => mkdtempSync(join(tmpdir(), 'stopbit-requirements-'))

test('as long as nothing is frozen everything counts', () => {
  expect(readRequirements(undefined, folder())).toBeUndefined()
  expect(counts(undefined, 'any/trace', 'UP-1')).toBe(true)
})

test('of 2026.1 nothing has gone, and what came later says so', () => {
  const requirements = readRequirements('2026.1')
  if (requirements === undefined) throw new Error('2026.1 is not frozen')
  expect(withdrawnCells(requirements, TRACES)).toEqual([])
  for (const trace of TRACES) {
    const isFrozen = scoredTraces(trace).every(({ id }) => requirements.cells[id] !== undefined)
    expect([trace.id, trace.since === '2026.1']).toEqual([trace.id, isFrozen])
  }
})

test('a frozen set holds each permutation with its own invariants, and one entry for all cuts of a trace', () => {
  const { cells } = requirementsOf('2026.1', TRACES)
  for (const trace of TRACES) {
    for (const { id, expect: wanted } of scoredTraces(trace))
      expect(cells[id]).toEqual([...wanted.must, ...(wanted.should ?? [])])
  }
  expect(Object.keys(cells)).toContain('anthropic/cut-in-text/ending:rst')
})

test('a release is frozen once: a second time is refused and changes nothing', () => {
  const place = folder()
  const file = freezeRequirements(requirementsOf('2026.1', TRACES), place)
  const before = readFileSync(file, 'utf8')
  expect(() => freezeRequirements(requirementsOf('2026.1', []), place)).toThrow(
    'Cannot freeze 2026.1: it is frozen and never changes',
  )
  expect(readFileSync(file, 'utf8')).toBe(before)
  expect(() => freezeRequirements(requirementsOf('../x', TRACES), place)).toThrow('must be a release such as 2026.1')
})

test('the newest release is the default, by number and not by letter', () => {
  const place = folder()
  for (const release of ['2026.9', '2026.10', '2025.11']) freezeRequirements(requirementsOf(release, TRACES), place)
  expect(releases(place)).toEqual(['2025.11', '2026.9', '2026.10'])
  expect(readRequirements(undefined, place)?.release).toBe('2026.10')
  expect(readRequirements('2026.9', place)?.release).toBe('2026.9')
  expect(() => readRequirements('2027.1', place)).toThrow('frozen are 2025.11, 2026.9, 2026.10')
})

test('what came after a release does not count in it, and what went is named', () => {
  const requirements = requirementsOf(
    '2026.1',
    TRACES.filter(({ id }) => id === 'anthropic/silent-stall'),
  )
  expect(counts(requirements, 'anthropic/silent-stall', 'RAW-1')).toBe(true)
  expect(counts(requirements, 'anthropic/silent-stall', 'CONN-1')).toBe(false)
  expect(counts(requirements, 'anthropic/complete-crlf', 'RAW-1')).toBe(false)
  const renamed = TRACES.map((trace): Trace => ({ ...trace, id: `${trace.id}-new` }))
  expect(withdrawnCells(requirements, TRACES)).toEqual([])
  expect(withdrawnCells(requirements, renamed)).toContain('anthropic/silent-stall × RAW-1')
})
