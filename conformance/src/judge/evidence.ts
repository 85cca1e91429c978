import { resolveRequest, type Outcome, type Trace } from '@stopbit/traces'
import type { ControlResult } from '../run/control-request.ts'
import { headerOf } from '../run/parse-head.ts'
import type { AbortRecord, ClientExchange, UpstreamConnectionRecord, UpstreamRequest } from '../run/records.ts'
import type { DialectRules, EventMeaning, StreamEvent } from './dialect.ts'
import { arrayEnding } from './json-array.ts'
import { field, fieldAt, parseJson } from './json-field.ts'
import { matchBody, type BodyMatch } from './match-body.ts'
import { isAnswerWhole } from './answer-end.ts'

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
  /** What the target declares that it makes of a cut answer; `end-turn` waives HONEST-1 where no tool call is open. */
  readonly policyTruncation?: string | undefined
  readonly sweep: SweepEvidence | undefined
}

/** One exchange, seen from both ends. */
export interface ExchangeEvidence {
  readonly exchange: ClientExchange
  /** What the target made of it towards the upstream, in order. */
  readonly requests: readonly UpstreamRequest[]
  /** The connections that they came on and that the target still kept when all was over: soon the harness closes them. */
  readonly keptConnections: readonly UpstreamConnectionRecord[]
  /** The attempt whose events were released, against the client's body. */
  readonly match: BodyMatch
  /** The client's events, each with whose it is and what it means. */
  readonly events: readonly ClientEvent[]
  /** How many answers the request wants. */
  readonly asked: number
  /** Whether the client got a 2xx event stream. */
  readonly isStream: boolean
  readonly body: Buffer
  readonly outcome: Outcome | Violation
}

export interface ClientEvent {
  readonly event: StreamEvent
  readonly from: 'upstream' | 'target' | 'heartbeat'
  readonly meaning: EventMeaning
}

/** Endings that no trace allows. */
type Violation = 'hang' | 'raw-close' | 'no-terminal' | 'bad-status' | 'invented' | 'cut-as-whole'

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

/** Puts one exchange's records together. `requests` are what the upstream got of it. */
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
  const asked = answersAsked(trace)
  const seen = match.client.flatMap(({ event, from }) => (event === undefined ? [] : [{ event, from }]))
  const meanings = rules.meaningsOf(
    seen.map(({ event }) => event),
    asked,
  )
  const events = seen.map((one, index) => ({ ...one, meaning: meanings[index] ?? ('other' as const) }))
  const isStream = isEventStream(exchange)
  const keptConnections = requests.map(({ connection }) => connection).filter(({ closedAt }) => closedAt === undefined)
  const known = { exchange, requests, keptConnections, match, events, asked, isStream, body }
  return { ...known, outcome: classify(known, trace, rules) }
}

/** The upstream's answer of which the client's is made: the last that began. */
export function answeringRequest({ requests }: Pick<ExchangeEvidence, 'requests'>): UpstreamRequest | undefined {
  return requests.findLast(({ headSent }) => headSent)
}

export function isTerminal({ meaning }: { readonly meaning: EventMeaning }): boolean {
  return meaning === 'success-terminal' || meaning === 'error-terminal'
}

/** A body of which nobody can tell that it ended too soon but by its framing: no stream, or one of which nothing is known. */
export function isEndedByFraming({ isStream }: Pick<ExchangeEvidence, 'isStream'>, { dialect }: Trace): boolean {
  return !isStream || dialect === 'opaque'
}

/** The body as JSON, undefined when it is none. */
export function jsonBody(body: Buffer): unknown {
  return parseJson(body.toString('utf8'))
}

/** `n` and `candidateCount` of the trace's request, 1 when it says nothing. */
function answersAsked({ client }: Trace): number {
  const step = client.find((candidate) => candidate.do === 'request')
  if (step === undefined) return 1
  const body = parseJson(resolveRequest(step).body)
  const asked = field(body, 'n') ?? fieldAt(body, 'generationConfig', 'candidateCount')
  return typeof asked === 'number' ? asked : 1
}

function isEventStream({ head }: ClientExchange): boolean {
  if (head === undefined || head.status < 200 || head.status > 299) return false
  return headerOf(head, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream'
}

type Unclassified = Omit<ExchangeEvidence, 'outcome'>

function classify(known: Unclassified, trace: Trace, rules: DialectRules): Outcome | Violation {
  const { ending, head } = known.exchange
  const answer = answeringRequest(known)
  if (ending.kind === 'left') return 'client-left'
  if (ending.kind === 'hang' || ending.kind === 'open') return 'hang'
  if (head === undefined) return ending.kind === 'broken' ? 'raw-close' : 'no-response'
  const wasCut = answer !== undefined && isAnswerWhole(answer) === false && isEndedByFraming(known, trace)
  if (ending.kind !== 'complete') return wasCut && ending.kind !== 'broken' ? 'incomplete' : 'raw-close'
  if (head.status >= 400) return rules.isErrorBody(jsonBody(known.body)) ? 'error-status' : 'bad-status'
  if (!isEndedByFraming(known, trace)) return classifyStream(known, rules)
  if (answer === undefined) return 'invented'
  const ended = arrayEnding(Buffer.concat(answer.sentParts), known.body, { rules, asked: known.asked })
  if (ended === 'error') return 'error-in-band'
  if (ended === 'bracket') return 'completed-sentinel'
  if (ended === 'invented') return 'cut-as-whole'
  return wasCut ? 'cut-as-whole' : 'completed'
}

function classifyStream({ events, asked }: Unclassified, rules: DialectRules): Outcome | Violation {
  const terminal = events.findLast(isTerminal)
  if (terminal === undefined) return 'no-terminal'
  if (terminal.meaning === 'error-terminal') return 'error-in-band'
  if (terminal.from === 'upstream') return 'completed'
  return rules.isSentinel(terminal.event) && rules.isStopped(upstreamEvents(events), asked)
    ? 'completed-sentinel'
    : 'invented'
}

/** All body bytes that the upstream sent of an exchange, one character each. */
export function sentText({ requests }: Pick<ExchangeEvidence, 'requests'>): string {
  return Buffer.concat(requests.flatMap(({ sentParts }) => sentParts)).toString('latin1')
}

/** What the upstream sent of the client's events. */
export function upstreamEvents(events: readonly ClientEvent[]): readonly StreamEvent[] {
  return events.flatMap(({ event, from }) => (from === 'upstream' ? [event] : []))
}
