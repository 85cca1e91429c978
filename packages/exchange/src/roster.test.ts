import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Roster, type Placed } from './roster.ts'

interface Named extends Placed {
  readonly name: number
}

test('a roster has those who came and have not left, whoever leaves first and however often', () => {
  const steps = fc.array(fc.oneof(fc.constant('add' as const), fc.nat({ max: 30 })))
  fc.assert(
    fc.property(steps, (taken) => {
      const roster = new Roster<Named>()
      const expected = new Set<Named>()
      const all: Named[] = []
      for (const [name, step] of taken.entries()) {
        const member = step === 'add' ? { name, place: -1 } : all[step]
        if (member === undefined) continue
        if (step === 'add') {
          roster.add(member)
          expected.add(member)
          all.push(member)
        } else {
          roster.delete(member)
          expected.delete(member)
        }
      }
      expect(roster.size).toBe(expected.size)
      expect(new Set(roster.members())).toEqual(expected)
    }),
  )
})

test('pop() takes one after the other out, until there is none', () => {
  const roster = new Roster<Named>()
  const [left, first, second] = [0, 1, 2].map((name): Named => ({ name, place: -1 }))
  if (left === undefined || first === undefined || second === undefined) return expect.unreachable()
  for (const member of [left, first, second]) roster.add(member)
  roster.delete(left)
  expect(new Set([roster.pop(), roster.pop()])).toEqual(new Set([first, second]))
  expect(roster.pop()).toBeUndefined()
  roster.delete(left)
  expect(roster.size).toBe(0)
})
