import type { ExchangeOptions, ExchangeRecord } from '@stopbit/exchange'

/** What a client asks for: a stream of events, or one JSON body. */
export type Asked = 'stream' | 'json'

/** Which attempts a case makes: one, or as many as the handler makes by itself. */
export type Policy = 'never' | 'default'

/**
 * What a client gets.
 *
 * - `whole`: an answer of the upstream, complete and unchanged.
 * - `envelope`: an error response of its API.
 * - `error-event`: a part of the answer, then one error event, then the end of the framing.
 * - `incomplete`: a part of a body that cannot carry an error, and no end of the framing.
 */
export type ClientGot = 'whole' | 'envelope' | 'error-event' | 'incomplete'

type Fault = NonNullable<ExchangeRecord['fault']>
export type FaultKind = Fault['kind']

/** A fault as a row expects it. */
export interface ExpectedFault {
  readonly kind: FaultKind
  readonly word: Fault['proxyStatus']
  readonly phase: Fault['phase']
  readonly safety: Fault['retrySafety']
}

/** What has to come of a row. */
export interface Expectation {
  readonly client: ClientGot
  readonly status: number
  /** Missing where nothing went wrong. Two or more where the kernel decides which of them it sees first. */
  readonly faults: readonly ExpectedFault[]
}

/** An upstream that fails in one way. */
export interface FailingUpstream {
  readonly url: URL
  /** The authority that its certificates are from. */
  readonly ca?: string
  /** How often the fault was made. */
  readonly fired: () => number
  /** How many requests, or parts of one, the upstream has read. */
  readonly requests: () => number
  /** `once`: it is seen that it was made, not how often. Otherwise it is counted, and every attempt has met it. */
  readonly attested?: 'once'
  /** Resolves when no more of the upstream is there. */
  readonly close: () => Promise<void>
}

/** What an upstream is told of the case that it serves. */
export interface CaseFacts {
  readonly asked: Asked
  /** The request that fails first, from 1. The ones before it, and those on other connections if it is not 1, are answered. */
  readonly failsAt: number
  /** The client has got a part of the answer; never for an answer that is held until it is whole. */
  readonly clientHasData: Promise<void>
}

/** One row of the matrix. */
export interface Row {
  readonly id: string
  /** Tells apart rows of one failure. */
  readonly variant?: string
  readonly wire: 'http' | 'tls' | 'h2'
  /** The connection has carried an exchange before; else it is a fresh one. */
  readonly reused?: boolean
  readonly method?: 'GET'
  /** Size of the request's body; small if it is left out. */
  readonly uploadBytes?: number
  readonly limits?: ExchangeOptions
  readonly connectTimeoutMs?: number
  readonly start: (facts: CaseFacts) => Promise<FailingUpstream>
  readonly expected: Expectation | Readonly<Record<Asked, Expectation>>
  /** How often undici sends the request for each attempt of ours. 1 if it is left out. */
  readonly sendsPerAttempt?: number
}

export function expectationOf({ expected }: Row, asked: Asked): Expectation {
  return 'client' in expected ? expected : expected[asked]
}

/** The name of a row. */
export function nameOf({ wire, id, variant, reused, method }: Row): string {
  const parts = [
    wire === 'h2' && 'HTTP/2',
    id,
    variant !== undefined && `(${variant})`,
    reused === true && '(reused)',
    method,
  ]
  return parts.filter((part) => typeof part === 'string').join(' ')
}
