import type { FaultKind } from '@stopbit/faults'
import { errorCode } from './pool-error.ts'

/**
 * How an attempt came out: `answered` by a response head of whatever status, `failed` before any head, or `unknown` (given up
 * by us, the idle-close race, or our own mistake), which says nothing about the upstream.
 */
export type AttemptOutcome = 'answered' | 'failed' | 'unknown'

/** Faults before any response head that the breaker counts. */
const UPSTREAM_DOWN = new Set<FaultKind>([
  'dns',
  'refused',
  'unreachable',
  'connect-timeout',
  'tls-trust',
  'tls-handshake',
  'closed-before-headers',
])

/** Errors that say nothing about the upstream: the pool is closed, or the request could not be written as it was. */
const OWN_MISTAKES = new Set([
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'STOPBIT_BREAKER_OPEN',
])

/** Whether a fault before any response head counts against the upstream. */
export function saysUpstreamIsDown(kind: FaultKind, error: unknown): boolean {
  return UPSTREAM_DOWN.has(kind) && !OWN_MISTAKES.has(errorCode(error) ?? '')
}
