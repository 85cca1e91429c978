import type { TransportFacts } from '@stopbit/faults'

/** What a call reports, in this order: `upstreamConnected`, `upstreamHead`, chunks, then an end or a fault; a fault may come at any point. */
export interface UpstreamEvents {
  /** A connection is ready, and the request goes out on it now. */
  upstreamConnected(reused: boolean | undefined): void
  /** Header names and values alternate, as they came. Informational (1xx) heads are not reported. */
  upstreamHead(status: number, headers: readonly string[]): void
  /** Bytes of the body; they are the receiver's, nobody writes to them again. */
  upstreamChunk(bytes: Uint8Array): void
  upstreamEnd(): void
  upstreamFault(error: unknown, facts: TransportFacts): void
}
