import type { Dialect, Expectation, Outcome } from '@stopbit/traces'
import type { StreamFacts } from '../dialects.ts'
import type { Finding } from '../judge-recording.ts'

type Failure = Finding & { readonly kind: 'failed' }

const ALWAYS = ['HANG-1', 'RAW-1', 'RAW-2', 'LEAK-1', 'UP-1', 'ALIVE-1', 'OUTCOME-1']
const OF_STREAMS = ['TERM-1', 'TERM-2', 'SSE-1', 'PREFIX-1', 'HONEST-1', 'HONEST-3']

/** What a proxy owes to its client in an exchange that failed in this way: the defaults of the failure's family. */
export function expectationOf(failure: Failure, dialect: Dialect, stream: StreamFacts | undefined): Expectation {
  const { where } = failure
  const isStream = stream !== undefined
  const must = [
    ...ALWAYS,
    ...(isStream || where === 'before-head' ? OF_STREAMS : []),
    ...(isStream && dialect !== 'gemini' ? ['HANG-2'] : []),
    ...(isStream && stream.hasToolCall && !stream.hasStop ? ['HONEST-2'] : []),
  ]
  const promised =
    isStream && where !== 'in-opening' && where !== 'before-body' ? { clientHasEvents: stream.events } : {}
  return { outcome: outcomesOf(where), upstreamRequests: { max: 1 }, ...promised, must }
}

/** A connection that the upstream closed while it was idle: nothing was processed, so that the request may go out again. */
export function expectationOfRace(): Expectation {
  return {
    outcome: ['completed', 'error-status'],
    upstreamRequests: { max: 2 },
    must: [...ALWAYS, ...OF_STREAMS, 'HANG-2'],
  }
}

/** A healthy exchange. */
export function expectationOfWhole(stream: StreamFacts | undefined, status: number): Expectation {
  if (status >= 400) return { outcome: ['error-status'], must: ['HANG-1', 'RAW-1', 'UP-1', 'ALIVE-1', 'OUTCOME-1'] }
  const must = ['HANG-1', 'RAW-1', 'LEAK-1', 'UP-1', 'UP-4', 'ALIVE-1', 'OUTCOME-1']
  return { outcome: ['completed'], must: stream === undefined ? must : [...must, ...OF_STREAMS] }
}

function outcomesOf(where: Failure['where']): readonly Outcome[] {
  switch (where) {
    case 'before-head':
    case 'in-json':
      return ['error-status']
    case 'before-body':
    case 'in-opening':
      return ['error-in-band', 'error-status']
    case 'mid-stream':
      return ['error-in-band']
    case 'after-stop':
      return ['error-in-band', 'completed', 'completed-sentinel']
    case 'after-end':
      return ['completed']
  }
}
