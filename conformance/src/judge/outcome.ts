import { judgeEachExchange, type Judge } from './finding.ts'

/** OUTCOME-1: the net below the others. */
export const judgeOutcome1: Judge = judgeEachExchange(({ outcome }, { trace }) =>
  (trace.expect.outcome as readonly string[]).includes(outcome)
    ? undefined
    : `ended as ${outcome}, allowed: ${trace.expect.outcome.join(', ')}`,
)
