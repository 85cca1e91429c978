import { effectiveLimits, type LimitName, type Trace } from '@stopbit/traces'
import { LIMIT_VARIABLES, type Manifest } from '../../manifest.ts'

/** What one start of a target is told beyond its limits. */
export interface Told {
  readonly upstreamUrl: string
  readonly listenHost: string
  /** 0 for any free one. */
  readonly listenPort: number
  /** A secret that must never come back. */
  readonly canary: string
  /** PEM, of who has signed the upstream's certificate; for an upstream over TLS. */
  readonly upstreamCaFile?: string | undefined
}

/** The variables of the contract that the target understands, with their values. `scaled` turns a trace's milliseconds into the run's. */
export function contractEnvironment(
  { environment }: Manifest,
  { limits }: Pick<Trace, 'limits'>,
  scaled: (ms: number) => number,
  told: Told,
): Record<string, string> {
  const durations = Object.entries(effectiveLimits(limits)) as [LimitName, number][]
  const all: Record<string, string> = {
    STOPBIT_UPSTREAM_URL: told.upstreamUrl,
    STOPBIT_LISTEN_HOST: told.listenHost,
    STOPBIT_LISTEN_PORT: String(told.listenPort),
    STOPBIT_CREDENTIAL: told.canary,
    ...(told.upstreamCaFile === undefined ? {} : { STOPBIT_UPSTREAM_CA_FILE: told.upstreamCaFile }),
    ...Object.fromEntries(
      durations.map(([name, ms]) => [LIMIT_VARIABLES[name], String(Math.max(1, Math.round(scaled(ms))))]),
    ),
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => (environment as readonly string[]).includes(name)))
}
