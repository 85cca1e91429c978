import type { Dialect } from '@stopbit/traces'
import type { Kit } from './kit.ts'

/** How one recorded trace is made: a real server that really fails while it streams. What it streams is scripted. */
export interface Recipe {
  /** The trace's id is `recorded/<slug>`. */
  readonly slug: string
  readonly title: string
  readonly dialect: Exclude<Dialect, 'opaque'>
  /** What failed and how it was made to, in words. `{version}` stands for the software's own. */
  readonly source: string
  /** Prints the version of what fails; its first line is taken. */
  readonly version: readonly [command: string, ...args: string[]]
  /** Starts everything, lets it fail, and resolves when the client has seen the end. */
  readonly play: (kit: Kit) => Promise<void>
}
