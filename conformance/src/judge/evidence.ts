import type { Outcome, Trace } from '@stopbit/traces'
import type { ControlResult } from '../run/control-request.ts'
import { headerOf } from '../run/parse-head.ts'
import type { AbortRecord, ClientExchange, UpstreamRequest } from '../run/records.ts'
import type { DialectRules, StreamEvent } from './dialect.ts'
import { matchBody, type BodyMatch } from './match-body.ts'

/** All that the judges look at. They see records of both ends and nothing of the target's inside. */
export interface Evidence {
  readonly trace: Trace
  readonly rules: DialectRules
  readonly scale: number
  /** For windows that are not scaled, on slow machines. */
  readonly timeoutMultiplier: number
  readonly exchanges: readonly ExchangeEvidence[]
  readonly aborts: readonly AbortRecord[]
  readonly control: ControlResult
  /** Why the process ended before it was asked to; undefined when it lived. */
  readonly processExit: string | undefined
  /** The secret that the target was given. */
  readonly canary: string
  /** The target's declared most requests per request. */
  readonly policyRetry: number | undefined
  readonly sweep: SweepEvidence | undefined
}

/** One exchange, seen from both ends. */
export interface ExchangeEvidence {
  readonly exchange: ClientExchange
  /** What the target made of it towards the upstream, in order. */
  readonly requests: readonly UpstreamRequest[]
  /** The attempt whose events were released, against the client's body. */
  readonly match: BodyMatch
  /** Whether the client got a 2xx event stream. */
  readonly isStream: boolean
  readonly body: Buffer
  readonly outcome: Outcome | Violation
}

/** Endings that no trace allows. */
type Violation = 'hang' | 'raw-close' | 'no-terminal' | 'bad-status' | 'invented'

/** What the sweep over the listener's idle close gave. */
export interface SweepEvidence {
  /** Measured time from a response's end to the idle close, in milliseconds of the run; undefined when the cap was reached. */
  readonly idleCloseMs: number | undefined
  readonly capMs: number
  /** From the `Keep-Alive: timeout=` header. */
  readonly advertisedMs: number | undefined
  readonly samples: readonly SweepSample[]
}

export interface SweepSample {
  readonly offsetMs: number
  /** `closed-before`: the client saw the close in time and sent nothing; that is no loss. `lost`: sent, and closed without an answer. */
  readonly result: 'answered' | 'lost' | 'closed-before' | 'broken'
}

/** Puts one exchange's records together. */
export function exchangeEvidence(
  trace: Trace,
  rules: DialectRules,
  exchange: ClientExchange,
  requests: readonly UpstreamRequest[],
): ExchangeEvidence {
  const body = Buffer.concat(exchange.bodyParts)
  const attempts = requests.map(({ sentParts }) => matchBody(trace.dialect, Buffer.concat(sentParts), body))
  const empty = matchBody(trace.dialect, Buffer.alloc(0), body)
  const match = attempts.reduce(
    (best, next) => (next.matchedEvents >= best.matchedEvents ? next : best),
    attempts[0] ?? empty,
  )
  const isStream = isEventStream(exchange)
  return {
    exchange,
    requests,
    match,
    isStream,
    body,
    outcome: classify({ rules, exchange, requests, match, isStream, body }),
  }
}

/** The events of the client's body, each with whose it is. */
export function clientEvents(
  match: BodyMatch,
): readonly { readonly event: StreamEvent; readonly from: 'upstream' | 'target' | 'heartbeat' }[] {
  return match.client.flatMap(({ event, from }) => (event === undefined ? [] : [{ event, from }]))
}

/** The body as JSON, undefined when it is none. */
export function jsonBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

function isEventStream({ head }: ClientExchange): boolean {
  if (head === undefined || head.status < 200 || head.status > 299) return false
  return headerOf(head, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream'
}

type Unclassified = Omit<ExchangeEvidence, 'outcome'> & { readonly rules: DialectRules }

function classify({ rules, exchange, requests, match, isStream, body }: Unclassified): Outcome | Violation {
  const { ending, head } = exchange
  if (ending.kind === 'left') return 'client-left'
  if (ending.kind === 'hang' || ending.kind === 'open') return 'hang'
  if (head === undefined) return ending.kind === 'broken' ? 'raw-close' : 'no-response'
  if (ending.kind !== 'complete') return 'raw-close'
  if (head.status >= 400) return rules.isErrorBody(jsonBody(body)) ? 'error-status' : 'bad-status'
  if (!isStream) return requests.some(({ headSent }) => headSent) ? 'completed' : 'invented'
  return classifyStream(rules, match)
}

function classifyStream(rules: DialectRules, match: BodyMatch): Outcome | Violation {
  const events = clientEvents(match).map(({ event, from }) => ({ from, meaning: rules.meaningOf(event) }))
  const terminal = events.findLast(({ meaning }) => meaning === 'success-terminal' || meaning === 'error-terminal')
  if (terminal === undefined) return 'no-terminal'
  if (terminal.meaning === 'error-terminal') return 'error-in-band'
  if (terminal.from === 'upstream') return 'completed'
  const stopped = events.some(({ meaning, from }) => meaning === 'stop-reason' && from === 'upstream')
  return stopped ? 'completed-sentinel' : 'invented'
}
