import { z } from 'zod'
import type { Dialect, LimitName } from '@stopbit/traces'

/** A target: a program that stands between a client and an upstream. Documented in CONTRACT.md. */
export interface Manifest {
  readonly implementation: {
    readonly organization: string
    readonly project: string
    readonly version: string
    readonly url?: string
    readonly contact?: readonly string[]
  }
  readonly target: {
    /** Program and arguments. `node` is the Node that runs the suite. */
    readonly command: readonly [string, ...string[]]
    /** Relative to the manifest's folder, which is also the default. */
    readonly cwd?: string
    /** Fixed variables beside the contract's own. */
    readonly env?: { readonly [name: string]: string }
  }
  readonly ready: {
    /** `stdout-line`: port 0 and `STOPBIT_READY {"port":N}`; `tcp`: the runner chooses the port and tries it. */
    readonly by: 'stdout-line' | 'tcp'
    /** Default 10,000. */
    readonly timeoutMs?: number
  }
  readonly dialects: { readonly [dialect in Dialect]?: { readonly path: string } }
  /** The target gives the upstream's bytes on as they are. */
  readonly mode: 'passthrough'
  readonly features: readonly string[]
  /** Why the target has no such feature, for those that it lacks by its nature. */
  readonly lacks?: { readonly [feature: string]: string }
  readonly substitutes?: Substitutes
  readonly policy?: {
    /** Most requests to the upstream per request of the client, where the target retries by design. */
    readonly retry?: number
  }
  /** The `STOPBIT_` variables that the target understands. It gets these and no other. */
  readonly environment: readonly ContractVariable[]
}

/** A limit that the target does not have, and the one of its own that does its work: `{ connectTimeoutMs: 'headersTimeoutMs' }`. */
export type Substitutes = { readonly [limit in LimitName]?: LimitName }

/** Variables that are not limits. */
const BASE_VARIABLES = [
  'STOPBIT_UPSTREAM_URL',
  'STOPBIT_LISTEN_HOST',
  'STOPBIT_LISTEN_PORT',
  'STOPBIT_CREDENTIAL',
] as const

/** The variable that carries each limit. */
export const LIMIT_VARIABLES: { readonly [name in LimitName]: `STOPBIT_${string}` } = {
  connectTimeoutMs: 'STOPBIT_CONNECT_TIMEOUT_MS',
  headersTimeoutMs: 'STOPBIT_HEADERS_TIMEOUT_MS',
  idleTimeoutMs: 'STOPBIT_IDLE_TIMEOUT_MS',
  progressTimeoutMs: 'STOPBIT_PROGRESS_TIMEOUT_MS',
  totalTimeoutMs: 'STOPBIT_TOTAL_TIMEOUT_MS',
  retryBackoffMs: 'STOPBIT_RETRY_BACKOFF_MS',
  retryWindowMs: 'STOPBIT_RETRY_WINDOW_MS',
  commitAfterMs: 'STOPBIT_COMMIT_AFTER_MS',
  heartbeatMs: 'STOPBIT_HEARTBEAT_MS',
  listenerKeepaliveMs: 'STOPBIT_LISTENER_KEEPALIVE_MS',
  drainDeadlineMs: 'STOPBIT_DRAIN_DEADLINE_MS',
}

export type ContractVariable = (typeof BASE_VARIABLES)[number] | (typeof LIMIT_VARIABLES)[LimitName]

const variables = new Set<string>([...BASE_VARIABLES, ...Object.values(LIMIT_VARIABLES)])
const needed = ['STOPBIT_UPSTREAM_URL', 'STOPBIT_LISTEN_PORT']
const dialect = z.strictObject({ path: z.string().startsWith('/') }).exactOptional()
const text = z.string().min(1)
const limit = z.enum(Object.keys(LIMIT_VARIABLES) as [LimitName, ...LimitName[]])

/** Strict: an unknown key or variable is an error and not a silent default. */
export const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  implementation: z.strictObject({
    organization: text,
    project: text,
    version: text,
    url: z.url().exactOptional(),
    contact: z.array(text).exactOptional(),
  }),
  target: z.strictObject({
    command: z.tuple([text], z.string()),
    cwd: text.exactOptional(),
    env: z
      .record(z.string().regex(/^(?!STOPBIT_)/, 'STOPBIT_ variables are set by the runner'), z.string())
      .exactOptional(),
  }),
  ready: z.strictObject({ by: z.enum(['stdout-line', 'tcp']), timeoutMs: z.int().positive().exactOptional() }),
  dialects: z.strictObject({
    'anthropic-messages': dialect,
    'openai-chat': dialect,
    'openai-responses': dialect,
    gemini: dialect,
    opaque: dialect,
  }),
  mode: z.literal('passthrough'),
  features: z.array(text),
  lacks: z.record(text, text).exactOptional(),
  substitutes: z.partialRecord(limit, limit).exactOptional(),
  policy: z.strictObject({ retry: z.int().positive().exactOptional() }).exactOptional(),
  environment: z
    .array(
      z.custom<ContractVariable>(
        (value) => variables.has(String(value)),
        'is no variable of the contract (CONTRACT.md)',
      ),
    )
    .refine((list) => needed.every((name) => list.includes(name as ContractVariable)), {
      error: `every target understands ${needed.join(' and ')}`,
    }),
})
