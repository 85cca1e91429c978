import { FAULTS, type FaultKind, type FaultPhase, type ProxyStatusError, type RetrySafety } from './fault-kinds.ts'

/** One fault of one exchange: its kind and what the facts say about it. Never carries a text of the runtime. */
export interface Fault {
  readonly kind: FaultKind
  readonly phase: FaultPhase
  readonly proxyStatus: ProxyStatusError
  readonly retrySafety: RetrySafety
  /** The runtime's error code (`ECONNRESET`, `UND_ERR_SOCKET`), for the operator's log only. */
  readonly code?: string
}

/** Makes the usual fault of a kind; the facts may name a closer `phase`, `retrySafety` and the runtime's `code`. */
export function createFault(kind: FaultKind, closer: Partial<Omit<Fault, 'kind' | 'proxyStatus'>> = {}): Fault {
  const { phase, proxyStatus, retrySafety } = FAULTS[kind]
  return { kind, phase, proxyStatus, retrySafety, ...closer }
}
