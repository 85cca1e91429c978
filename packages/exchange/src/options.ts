import { DIALECTS, ENDING_POLICIES, type Dialect, type EndingPolicy } from '@stopbit/sse'
import { RETRY_POLICIES, type RetryPolicy } from './retry-policy.ts'

/**
 * When the head of a stream goes out: with the first model data, so that a failure before it can still become a real status
 * or another attempt; or as soon as the upstream has sent it.
 */
export type CommitPolicy = 'first-data' | 'headers'

/** What becomes of the upstream when the client has left: it is closed at once, or read to its end, within limits. */
export type ClientGonePolicy = 'abort' | 'drain'

export const COMMIT_POLICIES: readonly CommitPolicy[] = ['first-data', 'headers']
export const CLIENT_GONE_POLICIES: readonly ClientGonePolicy[] = ['abort', 'drain']

/** The options of one exchange. Durations in milliseconds, sizes in bytes; `'off'` where a limit may be left out. */
export interface ExchangeOptions {
  /**
   * Longest time without a byte of the request's body, while we wait for one. Starts when we begin to wait, stops with the
   * next byte or with the upstream's head. Then the client gets a 408, or that in band if it has a head. Default 60,000.
   */
  readonly uploadStallMs?: number | undefined
  /**
   * Longest wait for a free connection. Starts when the pool has none, stops when the request goes out. Then the client gets
   * a 503 (529 for Anthropic) with a small `retry-after`. Default 5,000.
   */
  readonly poolWaitMs?: number | undefined
  /** What may be sent again before an event went out. Default `stale-once`. */
  readonly retry?: RetryPolicy | undefined
  /**
   * The first back-off; the second is twice as long. Up to as much again is added by chance (equal jitter). Default 1,000:
   * 1 to 2 s, then 2 to 4 s. A `retry-after` of the upstream makes it longer.
   */
  readonly retryBackoffMs?: number | undefined
  /** When the last attempt may start, from the first failure. A longer `retry-after` is passed on at once. Default 20,000. */
  readonly retryWindowMs?: number | undefined
  /**
   * Longest wait for the upstream's response head, from the accepted request over all attempts. For a held JSON body it runs
   * until the body is whole. Default: 280,000 for a stream, 590,000 otherwise, which is below the 300 s that Claude Code,
   * Codex and Node's fetch allow a stream and the 600 s of the SDKs. Never more than `x-stainless-timeout` minus 5 s. A
   * stream is what its body or, where the API says it there, its path asks for.
   */
  readonly headersTimeoutMs?: number | undefined
  /**
   * Longest silence between two bytes of the upstream's body. Starts at the head; any byte restarts it; pauses while we
   * pause the upstream. Default 240,000: below the 300 s that clients allow themselves.
   */
  readonly idleTimeoutMs?: number | undefined
  /**
   * Silence of the upstream within a body, a held one too, after which the operator is told. Starts at the head; any byte
   * restarts it; tells once per silence; pauses while we pause the upstream. Default 15,000; `'off'` tells nothing.
   */
  readonly stallWarnMs?: number | 'off' | undefined
  /**
   * Longest time without model data. Starts at the head; only model data restarts it, so a stream of nothing but
   * keep-alives ends; pauses while we pause the upstream. Default 1,200,000.
   */
  readonly progressTimeoutMs?: number | undefined
  /** Longest time from the accepted request to the end of the response. Nothing restarts it. Default `'off'`. */
  readonly totalTimeoutMs?: number | 'off' | undefined
  /** When the head of a stream goes out. Default `first-data`. */
  readonly commit?: CommitPolicy | undefined
  /**
   * Sends the head of a stream and a comment so long after the accepted request, whether or not the upstream has answered:
   * for fronts that cut a silent request. The client gets a 200 whatever comes; a failure can only be told within it, which
   * no SDK retries, and the upstream's headers are lost. Only where that can be told: never for a JSON array nor for an API
   * that is not known. Default `'off'`; 25,000 is right for a front that cuts at 30 s.
   */
  readonly earlyCommitMs?: number | 'off' | undefined
  /**
   * How long the 200 of a stream may be held back for the first model data, from the current attempt's head. Then the head goes out,
   * and with it the chance of a real error status. Default 10,000.
   */
  readonly commitAfterMs?: number | undefined
  /**
   * How long opening events may be held back for the first model data, from the current attempt's head. Then they go out,
   * and nothing can be sent again. Default 120,000.
   */
  readonly openingHoldMs?: number | undefined
  /**
   * Silence towards the client after which a heartbeat is sent. Starts at the sent head; any byte to the client restarts
   * it; pauses while the client does not read. Default 7,000; `'off'` sends none.
   */
  readonly heartbeatMs?: number | 'off' | undefined
  /**
   * Longest time in which a client may read nothing of what was sent. Starts when its buffer is full, and with the last byte
   * of the response; any progress restarts it. Then its connection is closed. Default 120,000.
   */
  readonly downstreamStallMs?: number | undefined
  /**
   * Silence after which a stream whose stop reasons are all through counts as complete, in dialects that have no terminal
   * event. Starts at the last stop reason; any byte restarts it. Default 5,000.
   */
  readonly finishGraceMs?: number | undefined
  /**
   * What becomes of the upstream when the client leaves. `abort` (default) closes it at once; `drain` reads up to 60 s and
   * 16 MiB of it to nowhere, for upstreams that bill or store only what was read.
   */
  readonly onClientGone?: ClientGonePolicy | undefined
  /** What a cut stream ends with. Default `error`. */
  readonly ending?: EndingPolicy | undefined
  /** The dialect of every request, for upstreams that speak one on paths of their own. Default: by the request's path. */
  readonly dialect?: string | undefined
  /** Largest open event. Default 16 MiB. */
  readonly maxEventBytes?: number | undefined
  /** Largest JSON body that is held until it is whole; a longer one is passed on as it comes. Default 8 MiB. */
  readonly maxJsonBytes?: number | undefined
  /**
   * Largest request body that is kept, so that it can be read and sent again. A larger one is passed on as it comes. Default
   * 32 MiB: above the request size limits of the common APIs.
   */
  readonly maxReplayBytes?: number | undefined
}

/** The options that are no number. */
interface ResolvedChoices {
  readonly headersTimeoutMs: { readonly stream: number; readonly other: number }
  readonly retry: RetryPolicy
  readonly commit: CommitPolicy
  readonly onClientGone: ClientGonePolicy
  readonly ending: EndingPolicy
  readonly dialect: Dialect | undefined
}

/** `ExchangeOptions` with every default filled in and checked. `'off'` has become `Infinity`. */
export type ResolvedExchangeOptions = ResolvedChoices &
  Readonly<Record<Exclude<keyof ExchangeOptions, keyof ResolvedChoices>, number>>

/** A wrong option. The message names the option, the rule and, where there is one, the value. */
export class OptionError extends RangeError {
  override readonly name = 'OptionError'
  readonly option: string
  readonly rule: string

  constructor(option: string, rule: string, value?: unknown) {
    const got = typeof value === 'string' ? `, got "${value}"` : `, got ${String(value)}`
    super(`Cannot use ${option}: ${rule}${value === undefined ? '' : got}`)
    this.option = option
    this.rule = rule
  }
}

/** Longest duration that timers take: 2^31 - 1 ms. */
const MAX_MS = 2_147_483_647

/** Fills in the defaults. Throws an `OptionError` for an option that is wrong or unknown. */
export function resolveExchangeOptions(options: ExchangeOptions = {}): ResolvedExchangeOptions {
  const { headersTimeoutMs } = options
  if (headersTimeoutMs !== undefined) checkDuration('headersTimeoutMs', headersTimeoutMs)
  const resolved: ResolvedExchangeOptions = {
    uploadStallMs: checkDuration('uploadStallMs', options.uploadStallMs ?? 60_000),
    poolWaitMs: checkDuration('poolWaitMs', options.poolWaitMs ?? 5_000),
    retry: checkChoice('retry', RETRY_POLICIES, options.retry ?? 'stale-once'),
    retryBackoffMs: checkDuration('retryBackoffMs', options.retryBackoffMs ?? 1_000),
    retryWindowMs: checkDuration('retryWindowMs', options.retryWindowMs ?? 20_000),
    headersTimeoutMs: { stream: headersTimeoutMs ?? 280_000, other: headersTimeoutMs ?? 590_000 },
    idleTimeoutMs: checkDuration('idleTimeoutMs', options.idleTimeoutMs ?? 240_000),
    stallWarnMs: checkOffDuration('stallWarnMs', options.stallWarnMs ?? 15_000),
    progressTimeoutMs: checkDuration('progressTimeoutMs', options.progressTimeoutMs ?? 1_200_000),
    totalTimeoutMs: checkOffDuration('totalTimeoutMs', options.totalTimeoutMs ?? 'off'),
    commit: checkChoice('commit', COMMIT_POLICIES, options.commit ?? 'first-data'),
    earlyCommitMs: checkOffDuration('earlyCommitMs', options.earlyCommitMs ?? 'off'),
    commitAfterMs: checkDuration('commitAfterMs', options.commitAfterMs ?? 10_000),
    openingHoldMs: checkDuration('openingHoldMs', options.openingHoldMs ?? 120_000),
    heartbeatMs: checkOffDuration('heartbeatMs', options.heartbeatMs ?? 7_000),
    downstreamStallMs: checkDuration('downstreamStallMs', options.downstreamStallMs ?? 120_000),
    finishGraceMs: checkDuration('finishGraceMs', options.finishGraceMs ?? 5_000),
    onClientGone: checkChoice('onClientGone', CLIENT_GONE_POLICIES, options.onClientGone ?? 'abort'),
    ending: checkChoice('ending', ENDING_POLICIES, options.ending ?? 'error'),
    dialect: checkDialect(options.dialect),
    maxEventBytes: checkSize('maxEventBytes', options.maxEventBytes ?? 16 * 1024 * 1024),
    maxJsonBytes: checkSize('maxJsonBytes', options.maxJsonBytes ?? 8 * 1024 * 1024),
    maxReplayBytes: checkSize('maxReplayBytes', options.maxReplayBytes ?? 32 * 1024 * 1024),
  }
  for (const name of Object.keys(options)) {
    if (!(name in resolved)) throw new OptionError(name, 'there is no such option')
  }
  return resolved
}

function checkDuration(option: string, value: number): number {
  if (typeof value === 'number' && value >= 1 && value <= MAX_MS) return value
  throw new OptionError(option, `must be a number of milliseconds from 1 to ${MAX_MS}`, value)
}

function checkOffDuration(option: string, value: number | 'off'): number {
  if (value === 'off') return Infinity
  if (typeof value === 'number' && value >= 1 && value <= MAX_MS) return value
  throw new OptionError(option, `must be "off" or a number of milliseconds from 1 to ${MAX_MS}`, value)
}

function checkChoice<Choice extends string>(option: string, choices: readonly Choice[], value: Choice): Choice {
  if (choices.includes(value)) return value
  throw new OptionError(option, `must be one of ${choices.join(', ')}`, value)
}

function checkDialect(id: string | undefined): Dialect | undefined {
  if (id === undefined) return undefined
  const dialect = DIALECTS.find((known) => known.id === id)
  if (dialect !== undefined) return dialect
  throw new OptionError('dialect', `must be one of ${DIALECTS.map((known) => known.id).join(', ')}`, id)
}

function checkSize(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new OptionError(option, 'must be a whole number of bytes, at least 1', value)
}
