import { DIALECTS, ENDING_POLICIES, type Dialect, type EndingPolicy } from '@stopbit/sse'

/** The options of one exchange. Durations in milliseconds, sizes in bytes; `'off'` where a limit may be left out. */
export interface ExchangeOptions {
  /**
   * Longest wait for the upstream's response head, from the accepted request over all attempts. For a held JSON body it runs
   * until the body is whole. Default: 280,000 for a stream, 590,000 otherwise, which is below the 300 s that Claude Code,
   * Codex and Node's fetch allow a stream and the 600 s of the SDKs. Never more than `x-stainless-timeout` minus 5 s.
   */
  readonly headersTimeoutMs?: number | undefined
  /**
   * Longest silence between two bytes of the upstream's body. Starts at the head; any byte restarts it; pauses while we
   * pause the upstream. Default 240,000: below the 300 s that clients allow themselves.
   */
  readonly idleTimeoutMs?: number | undefined
  /**
   * Longest time without model data. Starts at the head; only model data restarts it, so a stream of nothing but
   * keep-alives ends; pauses while we pause the upstream. Default 1,200,000.
   */
  readonly progressTimeoutMs?: number | undefined
  /** Longest time from the accepted request to the end of the response. Nothing restarts it. Default `'off'`. */
  readonly totalTimeoutMs?: number | 'off' | undefined
  /**
   * How long the 200 of a stream may be held back for the first model data, from the upstream's head. Then the head goes out,
   * and with it the chance of a real error status. Default 10,000.
   */
  readonly commitAfterMs?: number | undefined
  /** How long opening events may be held back for the first model data, from the upstream's head. Default 120,000. */
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
  /** What a cut stream ends with. Default `error`. */
  readonly ending?: EndingPolicy | undefined
  /** The dialect of every request, for upstreams that speak one on paths of their own. Default: by the request's path. */
  readonly dialect?: string | undefined
  /** Largest open event. Default 16 MiB. */
  readonly maxEventBytes?: number | undefined
  /** Largest JSON body that is held until it is whole; a longer one is passed on as it comes. Default 8 MiB. */
  readonly maxJsonBytes?: number | undefined
}

/** `ExchangeOptions` with every default filled in and checked. `'off'` has become `Infinity`. */
export type ResolvedExchangeOptions = Readonly<
  Record<Exclude<keyof ExchangeOptions, 'headersTimeoutMs' | 'ending' | 'dialect'>, number> & {
    readonly headersTimeoutMs: { readonly stream: number; readonly other: number }
    readonly ending: EndingPolicy
    readonly dialect: Dialect | undefined
  }
>

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
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) throw new OptionError(name, 'there is no such option')
  }
  const { headersTimeoutMs } = options
  if (headersTimeoutMs !== undefined) checkDuration('headersTimeoutMs', headersTimeoutMs)
  return {
    headersTimeoutMs: { stream: headersTimeoutMs ?? 280_000, other: headersTimeoutMs ?? 590_000 },
    idleTimeoutMs: checkDuration('idleTimeoutMs', options.idleTimeoutMs ?? 240_000),
    progressTimeoutMs: checkDuration('progressTimeoutMs', options.progressTimeoutMs ?? 1_200_000),
    totalTimeoutMs: checkOffDuration('totalTimeoutMs', options.totalTimeoutMs ?? 'off'),
    commitAfterMs: checkDuration('commitAfterMs', options.commitAfterMs ?? 10_000),
    openingHoldMs: checkDuration('openingHoldMs', options.openingHoldMs ?? 120_000),
    heartbeatMs: checkOffDuration('heartbeatMs', options.heartbeatMs ?? 7_000),
    downstreamStallMs: checkDuration('downstreamStallMs', options.downstreamStallMs ?? 120_000),
    finishGraceMs: checkDuration('finishGraceMs', options.finishGraceMs ?? 5_000),
    ending: checkChoice('ending', ENDING_POLICIES, options.ending ?? 'error'),
    dialect: checkDialect(options.dialect),
    maxEventBytes: checkSize('maxEventBytes', options.maxEventBytes ?? 16 * 1024 * 1024),
    maxJsonBytes: checkSize('maxJsonBytes', options.maxJsonBytes ?? 8 * 1024 * 1024),
  }
}

const KNOWN = new Set<string>([
  'headersTimeoutMs',
  'idleTimeoutMs',
  'progressTimeoutMs',
  'totalTimeoutMs',
  'commitAfterMs',
  'openingHoldMs',
  'heartbeatMs',
  'downstreamStallMs',
  'finishGraceMs',
  'ending',
  'dialect',
  'maxEventBytes',
  'maxJsonBytes',
] satisfies (keyof ExchangeOptions)[])

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
