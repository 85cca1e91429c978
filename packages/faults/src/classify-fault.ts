import { createFault, type Fault } from './fault.ts'
import type { FaultKind, FaultPhase } from './fault-kinds.ts'
import { readError, type ErrorReading } from './error-chain.ts'

/**
 * What the transport knows about an attempt, seen by itself and not read from an error. Each fact is tri-state:
 * `undefined` is "cannot be known here" (most of them over `fetch`), and unknown always counts as maybe processed.
 */
export interface TransportFacts {
  /** A connection, TLS included, was ready for this request. `false` proves that nothing was sent. */
  readonly connected?: boolean | undefined
  /** The connection was to be a TLS one. */
  readonly secure?: boolean | undefined
  /** The whole request was handed to the socket. It does not prove that the peer read it. */
  readonly requestSent?: boolean | undefined
  /** The connection had carried an exchange before. */
  readonly reused?: boolean | undefined
  /** Milliseconds from the last request byte to the fault. */
  readonly sinceSentMs?: number | undefined
  /** Any byte of a response head arrived. */
  readonly responseStarted?: boolean | undefined
  /** The whole response head arrived. */
  readonly headersReceived: boolean
  /** Who ended the attempt, where it was no failure. No error tells: an abort by the client's will and one by ours look alike. */
  readonly aborted?: 'by-us' | 'by-client' | undefined
}

/**
 * A reused connection that closes within this time after the request is taken for the idle-close race.
 * Source: the race as measured on loopback; every lost request lay unread in the peer's receive buffer.
 */
const RACE_WINDOW_MS = 1000

/**
 * Names a transport error of undici, Node's fetch, node:http, node:http2, Bun, Deno or workerd.
 *
 * In this order: who aborted, then the facts, then the codes down the cause chain, then names, then texts. Facts decide the
 * phase and what may be sent again; the error only chooses the kind, because some runtimes report nearly everything as the
 * same error. Where the facts are unknown, a code may still prove that nothing was sent (`ECONNREFUSED`, a certificate) or
 * that the peer did not work on it (REFUSED_STREAM). A text proves nothing: Deno repeats requests by itself, so that its
 * text may be that of a second sending.
 *
 * Never throws, whatever the error is; one that nothing matches is `closed-before-headers` or `body-reset`, that is, maybe
 * processed. Of the error nothing but a word that looks like a code is kept. Source: measured, see `error-chain.ts`.
 */
export function classifyFault(facts: TransportFacts, error: unknown): Fault {
  const reading = readError(error)
  const detail = reading.code === undefined ? {} : { code: reading.code }
  const phase = phaseOf(facts)
  if (facts.aborted !== undefined) {
    return createFault(facts.aborted === 'by-client' ? 'client-gone' : 'aborted-by-us', { ...detail, phase })
  }
  if (reading.kind === 'aborted-by-us') return createFault('aborted-by-us', { ...detail, phase })
  if (reading.kind === 'internal')
    return createFault('internal', facts.headersReceived ? { ...detail, ...IN_BODY } : detail)
  if (facts.headersReceived) return createFault(bodyKind(reading.kind), { ...detail, ...IN_BODY })
  if (facts.connected === false) return createFault(connectKind(reading.kind, facts.secure), { ...detail, ...NOT_SENT })
  if (facts.connected === undefined && isOfConnecting(reading)) return beforeAnyFact(reading, facts, detail)
  return beforeHeaders(facts, reading, detail)
}

type Detail = Parameters<typeof createFault>[1]

const IN_BODY = { phase: 'body', retrySafety: 'processed' } as const
const NOT_SENT = { phase: 'connect', retrySafety: 'never-sent' } as const

function phaseOf({ headersReceived, connected, requestSent }: TransportFacts): FaultPhase {
  if (headersReceived) return 'body'
  if (connected === false) return 'connect'
  return requestSent === false ? 'send' : 'headers'
}

function bodyKind(kind: FaultKind | undefined): FaultKind {
  switch (kind) {
    case 'decode':
    case 'body-timeout':
    case 'bad-framing':
    case 'overloaded':
      return kind
    case 'headers-timeout':
      return 'body-timeout'
    case 'bad-response':
      return 'bad-framing'
    default:
      return 'body-reset'
  }
}

function connectKind(kind: FaultKind | undefined, secure: boolean | undefined): FaultKind {
  switch (kind) {
    case 'dns':
    case 'refused':
    case 'unreachable':
    case 'connect-timeout':
    case 'tls-trust':
    case 'tls-handshake':
    case 'pool-full':
    case 'breaker-open':
      return kind
    case 'headers-timeout':
      return 'connect-timeout'
    case 'bad-framing':
    case 'bad-response':
      return 'tls-handshake'
    default:
      // Closed or reset during set-up: without TLS that is a refusal by other means.
      return secure === true ? 'tls-handshake' : 'refused'
  }
}

/** Nobody knows whether a connection stood: what the error says of it is all there is. */
function isOfConnecting({ kind, proof }: ErrorReading): boolean {
  if (proof === 'never-sent') return true
  switch (kind) {
    case 'dns':
    case 'refused':
    case 'unreachable':
    case 'connect-timeout':
    case 'tls-trust':
    case 'tls-handshake':
    case 'pool-full':
      return true
    default:
      return false
  }
}

function beforeAnyFact({ kind, proof }: ErrorReading, { secure }: TransportFacts, detail: Detail): Fault {
  const retrySafety = proof === 'never-sent' ? 'never-sent' : 'maybe-processed'
  return createFault(connectKind(kind, secure), { ...detail, retrySafety })
}

function beforeHeaders(facts: TransportFacts, { kind, proof }: ErrorReading, detail: Detail): Fault {
  switch (kind) {
    case 'refused-stream':
      if (proof === 'declared-unprocessed') return createFault(kind, detail)
      return createFault(kind, { ...detail, retrySafety: 'maybe-processed' })
    case 'h2-reset':
      // A transport that knows of its connections is ours, and ours is undici 8.
      if (proof === 'declared-by-goaway' && facts.connected === true) return createFault('refused-stream', detail)
      return createFault(kind, detail)
    case 'bad-response':
    case 'bad-framing':
      return createFault('bad-response', detail)
    case 'headers-timeout':
    case 'body-timeout':
      return createFault('headers-timeout', detail)
    case 'overloaded':
      return createFault(kind, detail)
    default:
      break
  }
  if (facts.requestSent === false) return createFault('upload-broken', detail)
  if (isIdleCloseRace(facts)) return createFault('reused-closed', detail)
  return createFault('closed-before-headers', detail)
}

function isIdleCloseRace(facts: TransportFacts): boolean {
  if (facts.reused !== true || facts.responseStarted !== false) return false
  return facts.sinceSentMs !== undefined && facts.sinceSentMs <= RACE_WINDOW_MS
}
