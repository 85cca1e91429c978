import { describe, expect, it } from 'vitest'
import { BUDGETS, measureBundle } from '../src/budgets.ts'

describe('what is deployed', () => {
  it.for(BUDGETS)('$title stays within $maxKib KiB', async (budget) => {
    const { kib } = await measureBundle(budget)
    expect(kib).toBeLessThanOrEqual(budget.maxKib)
    // A budget that has become wide bounds nothing.
    expect(kib).toBeGreaterThan(budget.maxKib * 0.75)
  })
})
