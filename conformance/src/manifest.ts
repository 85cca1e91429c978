import type { Dialect, LimitName, Limits } from '@stopbit/traces'
import { LIMIT_VARIABLES, type ContractVariable } from './manifest-variables.ts'

export { LIMIT_VARIABLES, type ContractVariable }

/** A target: a program that stands between a client and an upstream. Documented in CONTRACT.md. */
export interface Manifest {
  readonly implementation: {
    readonly organization: string
    readonly project: string
    readonly version: string
    readonly url?: string
    readonly contact?: readonly string[]
    /** One sentence on what it is, for a scoreboard. */
    readonly about?: string
  }
  readonly target: CommandTarget | UrlTarget | ModuleTarget
  /** Of a command; the two others are ready when they are reached. */
  readonly ready?: Readiness
  readonly dialects: { readonly [dialect in Dialect]?: { readonly path: string } }
  /** The target gives the upstream's bytes on as they are. */
  readonly mode: 'passthrough'
  readonly features: readonly string[]
  /** Why the target has no such feature, for those that it lacks by its nature. */
  readonly lacks?: { readonly [feature: string]: string }
  readonly substitutes?: Substitutes
  /** Limits that are fixed in the target, in milliseconds: it does not take them from the environment. */
  readonly limits?: Limits
  readonly policy?: Policy
  /** The `STOPBIT_` variables that the target understands. It gets these and no other. */
  readonly environment: readonly ContractVariable[]
}

/** A program, by default one fresh process per trace. */
export interface CommandTarget {
  /** Program and arguments; `$DIR` is the temporary folder of the process. `node` is the Node that runs the suite. */
  readonly command: readonly [string, ...string[]]
  /** Relative to the manifest's folder, which is also the default. */
  readonly cwd?: string
  /** Fixed variables beside the contract's own. */
  readonly env?: { readonly [name: string]: string }
  /** Default `per-trace`. `reused`: a process serves all traces that tell it the same; needs `upstreamPort`. */
  readonly isolation?: 'per-trace' | 'reused'
  /** The port that the upstream must have, where a process lives longer than a trace. */
  readonly upstreamPort?: number
  /** A file of configuration that is written anew for each process. */
  readonly configTemplate?: ConfigTemplate
  /** Prints the version of the program, on stdout or stderr. */
  readonly versions?: readonly [string, ...string[]]
  /** The line that installs the program, for who lacks it. */
  readonly install?: string
}

/** `{{STOPBIT_IDLE_TIMEOUT_MS}}` in the file `from`, relative to the manifest's folder, becomes the value in `to`. */
interface ConfigTemplate {
  readonly from: string
  /** Begins with `$DIR/`. */
  readonly to: string
}

/** A target that runs already, in front of an upstream at `upstreamPort` of this machine. */
export interface UrlTarget {
  /** `http://127.0.0.1:N`: the runner's client reaches nothing else. */
  readonly url: string
  readonly upstreamPort: number
  /** Never there: it was started with its own. */
  readonly env?: { readonly [name: string]: string }
}

/** A module of JavaScript, relative to the manifest's folder, whose default export is a `StartTarget`. In the runner's process. */
export interface ModuleTarget {
  readonly module: string
  /** Fixed variables beside the contract's own. */
  readonly env?: { readonly [name: string]: string }
}

/** Starts a target in this process. `environment` is what a process would be told. Called once per trace, also side by side. */
export type StartTarget = (environment: { readonly [name: string]: string }) => Promise<StartedModule>

/** A target that listens on 127.0.0.1. `stop` resolves when it no longer does. */
interface StartedModule {
  readonly port: number
  readonly versions?: { readonly [name: string]: string }
  readonly stop: () => Promise<void>
}

interface Readiness {
  /** `stdout-line`: port 0 and `STOPBIT_READY {"port":N}`; `tcp`: the runner chooses the port and tries it. */
  readonly by: 'stdout-line' | 'tcp'
  /** Default 10,000. */
  readonly timeoutMs?: number
}

/** What the target does by design. */
interface Policy {
  /** Most requests to the upstream per request of the client, where the target retries by design: at most 10. */
  readonly retry?: number
  /** How it ends a stream that was cut. `end-turn` is a deviation from HONEST-1 that reports list. */
  readonly truncation?: 'error' | 'end-turn'
  /** The vendor's own words for its policy, verbatim, and where they stand. */
  readonly words?: { readonly text: string; readonly url: string }
}

/** A limit that the target does not have, and the one of its own that does its work: `{ connectTimeoutMs: 'headersTimeoutMs' }`. */
export type Substitutes = { readonly [limit in LimitName]?: LimitName }

/** The port that the upstream must have for this target; undefined when any will do. Such a target takes one trace at a time. */
export function upstreamPortOf({ target }: Manifest): number | undefined {
  return 'module' in target ? undefined : target.upstreamPort
}

/** Whether the target can be told a limit. */
export function takesLimit({ environment }: Manifest, limit: LimitName): boolean {
  return (environment as readonly string[]).includes(LIMIT_VARIABLES[limit])
}
