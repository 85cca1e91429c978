import { judgeEachExchange, type Judge } from './finding.ts'
import { isDeclared } from './honest.ts'

/** OUTCOME-1: the net below the others. An end that the target's declared policy explains is HONEST-1's to list. */
export const judgeOutcome1: Judge = (evidence) => {
  const finding = judgeEnding(evidence)
  return finding.verdict === 'fail' && isDeclared(evidence) ? { ...finding, verdict: 'not-applicable' } : finding
}

const judgeEnding = judgeEachExchange(({ outcome }, { trace }) =>
  (trace.expect.outcome as readonly string[]).includes(outcome)
    ? undefined
    : `ended as ${outcome}, allowed: ${trace.expect.outcome.join(', ')}`,
)
