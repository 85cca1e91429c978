import { DRAIN_PRESETS, PRESET_TABLE } from '../preset-table.ts'

/** What a snippet is filled with; milliseconds. */
export interface FrontNumbers {
  /** Where the server is, `host:port`. */
  readonly upstream: string
  /** Where the front listens, `host:port` or a port. */
  readonly listen: string
  /** Silence after which the front closes an idle connection to the server; below the server's own. */
  readonly idleMs: number
  /** How long the front keeps idle connections of clients, where that is another setting than `idleMs`. */
  readonly clientIdleMs: number
  /** Silence of a response after which the front cuts it; above the gaps between heartbeats. */
  readonly silenceMs: number
  readonly connectMs: number
  /** For the comments: what the server itself keeps idle connections for. */
  readonly keepAliveTimeout: number
}

/** The numbers that snippets print: those of the presets, and addresses of an example. */
export const FRONT_NUMBERS: FrontNumbers = {
  upstream: '127.0.0.1:4141',
  listen: '8080',
  idleMs: PRESET_TABLE.nginx.frontIdle.value,
  clientIdleMs: 75_000,
  silenceMs: PRESET_TABLE.nginx.frontSilence.value,
  connectMs: 5_000,
  keepAliveTimeout: PRESET_TABLE.nginx.keepAliveTimeout.value,
}

/** What the Kubernetes manifest prints, in seconds. `terminationGracePeriodSeconds` leaves 5 s after the deadline. */
export const STOP_SECONDS: Readonly<Record<'delay' | 'deadline' | 'grace', number>> = {
  delay: DRAIN_PRESETS.kubernetes.drainDelayMs.value / 1_000,
  deadline: DRAIN_PRESETS.kubernetes.drainDeadlineMs.value / 1_000,
  grace: DRAIN_PRESETS.kubernetes.drainDeadlineMs.value / 1_000 + 5,
}

/** A duration as nginx, HAProxy and Caddy write it: `60s`, or `1500ms`. */
export function toDuration(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`
}

/** Longest body that a front must let through: what the server itself keeps of it is its own affair. */
export const BODY_LIMIT = '64m'
