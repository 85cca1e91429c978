import { anthropicMessages } from './anthropic-messages/index.ts'
import type { Dialect } from './dialect.ts'
import { opaque } from './opaque/index.ts'

/** Every dialect, the first match wins. A new dialect is a folder beside these and one line here. */
export const DIALECTS: readonly Dialect[] = [anthropicMessages, opaque]

/** The dialect of a request, by its method and path without query. Never fails: `opaque` takes what no other claims. */
export function detectDialect(method: string, path: string): Dialect {
  return DIALECTS.find((dialect) => dialect.matches(method, path)) ?? opaque
}
