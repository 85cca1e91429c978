import { createFault, type Fault } from './fault.ts'
import type { FaultKind } from './fault-kinds.ts'
import { codeOf } from './error-chain.ts'

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
}

/**
 * A reused connection that closes within this time after the request is taken for the idle-close race.
 * Source: the race as measured on loopback; every lost request lay unread in the peer's receive buffer.
 */
const RACE_WINDOW_MS = 1000

/**
 * Names a transport error. Facts decide the phase and what may be sent again; the error's codes only choose the kind,
 * because some runtimes report nearly everything as the same error.
 *
 * Never throws; an error that nothing matches is `closed-before-headers` or `body-reset`, that is, maybe processed.
 */
export function classifyFault(facts: TransportFacts, error: unknown): Fault {
  const { code, kind } = codeOf(error)
  const detail = code === undefined ? {} : { code }
  if (kind === 'internal') return createFault('internal', detail)
  if (facts.headersReceived) return createFault(bodyKind(kind), detail)
  if (facts.connected === false) return createFault(connectKind(kind, facts.secure), detail)
  return beforeHeaders(facts, kind, detail)
}

function bodyKind(kind: FaultKind | undefined): FaultKind {
  switch (kind) {
    case 'decode':
    case 'body-timeout':
    case 'bad-framing':
    case 'overloaded':
      return kind
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
    case 'bad-framing':
    case 'bad-response':
      return 'tls-handshake'
    default:
      // Closed or reset during set-up: without TLS that is a refusal by other means.
      return secure === true ? 'tls-handshake' : 'refused'
  }
}

function beforeHeaders(facts: TransportFacts, kind: FaultKind | undefined, detail: { code?: string }): Fault {
  switch (kind) {
    // The connection stood, or nobody knows: what the error says of the connection is then all there is.
    case 'dns':
    case 'refused':
    case 'unreachable':
    case 'tls-trust':
      if (facts.connected === undefined) return createFault(kind, detail)
      break
    case 'connect-timeout':
      if (facts.connected === undefined) return createFault(kind, { retrySafety: 'maybe-processed', ...detail })
      break
    case 'bad-response':
    case 'bad-framing':
      return createFault('bad-response', detail)
    case 'headers-timeout':
    case 'h2-reset':
    case 'refused-stream':
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
