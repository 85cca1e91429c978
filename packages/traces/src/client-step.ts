import type { FaultStep, Step } from './step.ts'

/** One step of the client's side. */
export type ClientStep =
  | ConnectStep
  | RequestStep
  | AwaitStep
  | ClientWaitStep
  | ClientPauseReadStep
  | ClientResumeReadStep
  | HalfCloseStep
  | AbortStep

/** Opens a connection to the target under a name. */
export interface ConnectStep extends Step {
  readonly do: 'connect'
  readonly conn: string
}

export interface RequestStep extends FaultStep {
  readonly do: 'request'
  readonly conn: string
  /** Path and query at the upstream's API; the path gives way to the one that the target's manifest names for the dialect. */
  readonly path: string
  /** A known body and its headers (`request-presets.ts`). Without it `body` is needed. */
  readonly preset?: string
  /** JSON body; its keys win over the preset's. */
  readonly body?: { readonly [key: string]: unknown }
  /** Lower-case names; win over the preset's. */
  readonly headers?: { readonly [name: string]: string }
  /** Sets `stream` in the body. */
  readonly stream?: boolean
  /** Makes the body larger by a field of so many bytes: an upload that takes its time. */
  readonly padBytes?: number
}

/** Waits on the newest exchange of a connection. `end` also ends when the connection does. */
export interface AwaitStep extends Step {
  readonly do: 'await'
  readonly conn: string
  readonly until: 'head' | 'events' | 'bytes' | 'end'
  /** For `events` and `bytes`. Heartbeats of the target are no events. */
  readonly n?: number
}

export interface ClientWaitStep extends Step {
  readonly do: 'wait'
  /** Milliseconds, or `$<param>` of the sweep. */
  readonly ms: number | string
  readonly scale?: boolean
}

/** Reads no more of the response: a slow reader. */
export interface ClientPauseReadStep extends Step {
  readonly do: 'pause-read'
  readonly conn: string
}

export interface ClientResumeReadStep extends Step {
  readonly do: 'resume-read'
  readonly conn: string
}

/** Sends FIN and goes on reading. A target may take it for leaving; it then counts as such. */
export interface HalfCloseStep extends FaultStep {
  readonly do: 'half-close'
  readonly conn: string
}

/** The client leaves: closes its socket (`fin`) or resets it (`rst`). */
export interface AbortStep extends FaultStep {
  readonly do: 'abort'
  readonly conn: string
  readonly how: 'fin' | 'rst'
}
