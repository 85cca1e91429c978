import type { Dialect, Provenance, Trace } from '../trace.ts'
import { MODULES } from './modules.js'

export type { Dialect, Provenance, Trace }

/** What is known of a trace without loading it. */
export interface TraceSummary {
  /** `<group>/<slug>`. */
  readonly id: string
  readonly title: string
  readonly dialect: Dialect
  readonly family: string
  readonly tags: readonly string[]
  /** Features that a proxy must declare to be held against it. */
  readonly requires: readonly string[]
  readonly provenance: Provenance['kind']
  /**
   * How the ids of its permutations end, such as `ending:rst`; empty for a trace that is its own only one. Of a trace that is played
   * once per place of its body, the first and the last: `cutAt:0`, `cutAt:855`.
   */
  readonly permutations: readonly string[]
}

/** The traces of the suite, sorted by id; none is loaded. */
export function listTraces(): readonly TraceSummary[] {
  return MODULES.map(({ load: _load, ...summary }) => summary)
}

/**
 * One trace of the suite, by its id, as data: import, no file system and no network beyond it. The suite's traces are checked where they
 * are kept, so nothing is parsed here. Rejects with a `RangeError` for an unknown id; permutations are `expandTrace()`'s.
 */
export async function loadTrace(id: string): Promise<Trace> {
  const module = MODULES.find((one) => one.id === id)
  if (module === undefined) throw new RangeError(`Cannot load trace: there is no ${id}`)
  return (await module.load()).default as Trace
}
