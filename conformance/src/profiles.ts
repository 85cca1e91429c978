import type { Dialect, Trace } from '@stopbit/traces'
import { scoredTraces } from './requirements.ts'

/** A part of the suite that a target can claim. Each trace × invariant belongs to exactly one. */
export interface Profile {
  readonly name: ProfileName
  /** What it is about, for people. */
  readonly about: string
  /** Traces that require one of these belong here with all their invariants. */
  readonly features: readonly string[]
  /** Invariants that belong here in all other traces; `rest`: those that no other profile names. */
  readonly invariants: RegExp | 'rest'
}

export type ProfileName = 'core' | 'stream' | 'connections' | 'h2-upstream' | 'tls-upstream'

/** In the order of a claim. A feature decides before an invariant does, and the later row before the earlier. */
export const PROFILES: readonly Profile[] = [
  {
    name: 'core',
    about: 'never hangs, never a raw error, always a terminal event: resets, ends and silences over HTTP/1.1',
    features: [],
    invariants: /^(HANG|RAW|LEAK|TERM|SSE|FMT)-|^ALIVE-1$/,
  },
  {
    name: 'stream',
    about: 'and the answer is true: nothing lost, nothing invented, nothing sent twice',
    features: [],
    invariants: 'rest',
  },
  {
    name: 'connections',
    about: 'kept-alive connections on both sides, and their races',
    features: ['keepalive-listener', 'upstream-keepalive'],
    invariants: /^CONN-|^UP-3$|^ALIVE-2$/,
  },
  { name: 'tls-upstream', about: 'an upstream behind TLS', features: ['upstream-tls'], invariants: /^TLS-/ },
  { name: 'h2-upstream', about: 'an upstream that speaks HTTP/2', features: ['upstream-h2'], invariants: /^H2-/ },
]

/** A dialect is a profile too: it narrows the others to the traces that speak it. */
export const DIALECT_PROFILES: readonly Dialect[] = [
  'anthropic-messages',
  'openai-chat',
  'openai-responses',
  'gemini',
  'opaque',
]

/** All names that `--profile` takes. */
export const PROFILE_NAMES: readonly string[] = [...PROFILES.map(({ name }) => name), ...DIALECT_PROFILES]

/** The one profile that a trace × invariant belongs to. */
export function profileOf({ requires }: Pick<Trace, 'requires'>, invariant: string): ProfileName {
  const byFeature = PROFILES.findLast(({ features }) => features.some((feature) => requires.includes(feature)))
  const byInvariant = PROFILES.find(({ invariants }) => invariants !== 'rest' && invariants.test(invariant))
  return (byFeature ?? byInvariant)?.name ?? 'stream'
}

/** Whether a trace × invariant is in a selection; no name of a kind is as good as all of them. */
export function inProfiles(
  trace: Pick<Trace, 'requires' | 'dialect'>,
  invariant: string,
  names: readonly string[],
): boolean {
  const dialects = names.filter((name) => DIALECT_PROFILES.some((dialect) => dialect === name))
  const others = names.filter((name) => !dialects.includes(name))
  return (
    (dialects.length === 0 || dialects.includes(trace.dialect)) &&
    (others.length === 0 || others.includes(profileOf(trace, invariant)))
  )
}

/** Whether a selection has anything of a trace. */
export function selectsTrace(trace: Trace, names: readonly string[]): boolean {
  return scoredTraces(trace).some(({ expect: { must, should = [] } }) =>
    [...must, ...should].some((invariant) => inProfiles(trace, invariant, names)),
  )
}
