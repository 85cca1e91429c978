import { FAULTS } from '@stopbit/faults'
import type { Way } from './adapters.ts'
import type { CaseName } from './cases.ts'

/** A case that ends in a fault. */
export type FaultCase = Exclude<CaseName, 'healthy'>

/** What a client does whatever ends its stream; no adapter can keep it from that. One that is gone fails its test. */
export interface ClientLimit {
  readonly clientId: string
  readonly case: FaultCase
  readonly what: string
  /** Where it was measured before. */
  readonly source: string
}

/** Each of them asks for the next turn behind our error, and executes nothing. */
const CLIENT_LIMITS: readonly ClientLimit[] = [
  {
    clientId: 'ai-chat',
    case: 'mid-tool',
    what: 'hands the open call out as a tool error and asks for the next turn; the error is reported, nothing is executed',
    source:
      'measured with ai 6.0.326 and 7.0.173, November 2026; ai-chat-goes-on-from-an-open-call in packages/sse/oracle/limits.ts',
  },
]

export function limitOf(clientId: string, name: FaultCase): ClientLimit | undefined {
  return CLIENT_LIMITS.find((limit) => limit.clientId === clientId && limit.case === name)
}

/** The sentence that a client has to be told. */
export function sentenceOf(adapter: Way, name: FaultCase): string {
  switch (name) {
    case 'mid-text':
    case 'mid-tool':
    case 'open-tool':
      return FAULTS['body-reset'].sentence
    case 'stalled':
      return FAULTS['body-timeout'].sentence
    case 'refused':
      // workerd tells a refused connection from a lost one by nothing: packages/edge/README.md, "What else a platform decides".
      return FAULTS[adapter === 'edge-workerd' ? 'closed-before-headers' : 'refused'].sentence
    default:
      return name satisfies never
  }
}
