import { findLeak } from '@stopbit/conformance'

/** What the client sent, which is nobody else's. */
const CANARY = /canary/i

/** What of our own words must not be there: a text of a runtime, an address, or what the client sent. */
export function leaksIn(own: string): string[] {
  return [findLeak(own), CANARY.exec(own)?.[0]].filter((leak) => leak !== undefined)
}
