import {
  elementsOf,
  endingOf,
  eventsOf,
  leaksIn,
  saysError,
  saysSuccess,
  sentElementsOf,
  type Ending,
} from './endings.ts'
import type { Answer, Attempt, Observation } from './exchange.ts'
import type { Wire } from './streams.ts'

/** What became of an exchange, in a word for the table, and what was wrong with it. */
export interface Verdict {
  readonly outcome: string
  readonly problems: readonly string[]
}

const INSTEAD_OF_STATUS: ReadonlySet<Answer> = new Set(['none', 'status', 'bare-status', 'unsure'])
const RETRIED_STATUSES: ReadonlySet<number> = new Set([502, 503, 504, 529])

/** Limits that a machine without time for us reaches by itself. */
const CLOCKS = /timeout|pool-full|stall/

/**
 * Judges an exchange that is over.
 *
 * @param isLate a process stood still while it ran, so that its clocks prove nothing.
 */
export function judgeExchange(observation: Observation, isLate = false): Verdict {
  const { plan, attempts, seen, record } = observation
  const body = Buffer.concat(seen.body).toString()
  const { outcome, problems } = judgeEnd(observation, attempts.at(-1), body)
  const byClock = CLOCKS.test(record?.fault ?? '') || record?.clientStalled === true
  const isExcused = isLate && byClock && seen.end !== 'pending'
  const found = isExcused ? [] : [...problems, ...judgeRecord(observation, outcome)]
  for (const id of foreignIds(`${seen.head}${body}`, plan.id)) found.push(`bytes of ${id} came to it`)
  return { outcome: isExcused && problems.length > 0 ? 'late' : outcome, problems: found }
}

function foreignIds(text: string, id: string): Set<string> {
  const ids = new Set(Array.from(text.matchAll(/(?:\[|req_)(x\d+-\d+)/g), ([, found = '']) => found))
  ids.delete(id)
  return ids
}

function judgeEnd(
  { plan, attempts, seen, isFollower, record }: Observation,
  attempt: Attempt | undefined,
  body: string,
): Verdict {
  const isRepeated = attempts.length > 1
  // The time for a head is one for all attempts: a later one may get none of it.
  const hasNoTime = isRepeated && record?.fault === 'headers-timeout'
  const answer = hasNoTime ? 'none' : (attempt?.answer ?? 'none')
  switch (seen.end) {
    case 'pending':
      return { outcome: 'stuck', problems: ['its client never saw an end'] }
    case 'left':
      return { outcome: 'left', problems: [] }
    case 'none':
      return { outcome: 'no response', problems: isFollower ? [] : ['its connection was closed without a response'] }
    case 'incomplete':
      if (record?.clientStalled === true && plan.client === 'stop-reading') return { outcome: 'given up', problems: [] }
      if (answer === 'raw-cut') return { outcome: 'incomplete', problems: [] }
      return { outcome: 'broken off', problems: [`its response of status ${seen.status} broke off`] }
    case 'whole':
      if (seen.status >= 400) return judgeError(seen.status, body, plan.client, hasNoTime ? undefined : attempt)
      // The head may have gone out for an attempt before this one: then an error can only be told within the body.
      if (isRepeated && INSTEAD_OF_STATUS.has(answer)) return judgeAnswer(plan.wire, body, 'cut', '')
      return judgeAnswer(plan.wire, body, answer, Buffer.concat(attempt?.sent ?? []).toString())
    default:
      return seen.end satisfies never
  }
}

function judgeError(status: number, body: string, client: string, attempt: Attempt | undefined): Verdict {
  const { answer = 'none', sent = [] } = attempt ?? {}
  if (answer === 'status' && attempt?.status === status) {
    const isSame = body === Buffer.concat(sent).toString()
    return { outcome: `${status} passed on`, problems: isSame ? [] : ['an error of the upstream was altered'] }
  }
  const problems = leaksIn(body).map((leak) => `our error has "${leak}" in it`)
  if (!isErrorObject(body)) problems.push(`our error of status ${status} is no error object`)
  // The gateway asks again after some of them, and that may fail in another way.
  const isFinal = !RETRIED_STATUSES.has(attempt?.status ?? 0)
  const isHealthy = answer === 'whole' || (answer === 'status' && isFinal)
  if (isHealthy && client !== 'stall-upload') problems.push(`a healthy answer became a ${status}`)
  if (answer === 'bare-status' && isFinal && attempt?.status !== status)
    problems.push(`the status ${attempt?.status} became ${status}`)
  return { outcome: `our ${status}`, problems }
}

function isErrorObject(body: string): boolean {
  try {
    const json = JSON.parse(body) as { error?: unknown }
    return typeof json.error === 'object' && json.error !== null
  } catch {
    return false
  }
}

/** The endings that are true of each answer. */
const TRUE_ENDINGS: Readonly<Record<Answer, readonly Ending[]>> = {
  whole: [],
  'whole-or-cut': ['error', 'sentinel'],
  cut: ['error'],
  'cut-after-stop': ['error', 'sentinel'],
  'stream-error': ['error'],
  status: [],
  'bare-status': [],
  none: [],
  'raw-cut': [],
  unsure: ['error'],
}

function judgeAnswer(wire: Wire, body: string, answer: Answer, sent: string): Verdict {
  const untrue = (what: string): Verdict => ({ outcome: 'untrue', problems: [what] })
  const parts = partsOf(wire, body)
  const offered = wire === 'gemini-array' ? sentElementsOf(sent) : eventsOf(sent)
  // JSON of another kind, and an array whose framing is broken, are told by their bytes alone.
  if (parts === undefined)
    return body === sent && answer === 'whole' ? whole() : untrue('its body is not what was sent')
  const shared = countShared(parts, offered)
  const tail = parts.slice(shared)
  const isAll = tail.length === 0 && shared === offered.length
  if (isAll && isWhole(wire, body, sent, answer)) return whole()
  const ending = endingOf(wire, tail)
  const leaks = leaksIn(tail.join('')).map((leak) => `our ending has "${leak}" in it`)
  if (answer === 'stream-error') {
    const isTold = saysError(wire, parts.at(-1)) && !parts.some((part) => saysSuccess(wire, part))
    return isTold ? { outcome: 'its own error', problems: leaks } : untrue('an error of the upstream was not told')
  }
  if (isAll && answer === 'cut-after-stop' && wire === 'gemini-array') return { outcome: 'sentinel', problems: [] }
  if (TRUE_ENDINGS[answer].includes(ending)) return { outcome: ending, problems: leaks }
  const shown = JSON.stringify(tail.join('').slice(0, 300))
  return untrue(
    `its answer was "${answer}" and ends with ${ending} after ${shared} of ${offered.length} parts: ${shown}`,
  )
}

function whole(): Verdict {
  return { outcome: 'whole', problems: [] }
}

function partsOf(wire: Wire, text: string): string[] | undefined {
  if (wire === 'gemini-array') return elementsOf(text)
  return text.startsWith('{') ? undefined : eventsOf(text)
}

function countShared(parts: readonly string[], offered: readonly string[]): number {
  const differs = parts.findIndex((part, i) => part !== offered[i])
  return differs === -1 ? parts.length : differs
}

/** Everything came; of an array byte for byte, as it has no heartbeats, but for the white space at its end. */
function isWhole(wire: Wire, body: string, sent: string, answer: Answer): boolean {
  const isEnded = answer === 'whole' || answer === 'whole-or-cut' || answer === 'cut-after-stop'
  if (!isEnded) return false
  if (wire === 'gemini-array') return withTightEnd(body) === withTightEnd(sent)
  const last = eventsOf(sent).at(-1)
  return last !== undefined && saysSuccess(wire, last)
}

/** The gateway may write the bracket itself, if it is late. */
function withTightEnd(array: string): string {
  const tight = array.trimEnd()
  return tight.endsWith(']') ? `${tight.slice(0, -1).trimEnd()}]` : `${tight}]`
}

/** Whether the operator was told what the client was told. */
function judgeRecord({ seen, record }: Observation, outcome: string): string[] {
  if (record === undefined) return seen.status === 0 || seen.end === 'pending' ? [] : ['it left no record']
  if (record.fault === 'internal') return ['the gateway itself has failed']
  const isSuccess = record.ending.startsWith('completed')
  const wrong = `its record says "${record.ending}" of what was "${outcome}"`
  if (outcome === 'whole' || outcome === 'sentinel') return isSuccess ? [] : [wrong]
  if (outcome === 'error' || outcome === 'its own error' || outcome === 'given up') return isSuccess ? [wrong] : []
  return seen.end === 'whole' && record.status !== seen.status
    ? [`its record has status ${record.status}, not ${seen.status}`]
    : []
}
