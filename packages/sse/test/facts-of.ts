import { readRequestFacts, type RequestFacts } from '../src/request-facts.ts'

/** What is read from a request with this body. */
export function factsOf(body: object): RequestFacts {
  return readRequestFacts(new TextEncoder().encode(JSON.stringify(body)))
}
