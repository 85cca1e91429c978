import { judgeEachExchange, type Judge } from './finding.ts'

/** SSE-2: the stream obeys its dialect. What the upstream's own stream breaks is passed on rightly. */
export const judgeSse2: Judge = judgeEachExchange(({ isStream, events, match }, { rules }) => {
  if (!isStream) return undefined
  const problem = rules.grammarProblem(events.map(({ event }) => event))
  return problem === undefined || rules.grammarProblem(match.sent) !== undefined ? undefined : problem
})
