import type { TraceSummary } from './index.ts'

/** One entry per trace, sorted by id. Each trace is a module of its own, so that a bundler splits them. */
export declare const MODULES: readonly (TraceSummary & {
  readonly load: () => Promise<{ readonly default: unknown }>
})[]
