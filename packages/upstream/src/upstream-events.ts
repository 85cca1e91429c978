import type { TransportFacts } from '@stopbit/faults'

/**
 * What a call reports, in this order: `upstreamQueued` if it has to wait, `upstreamConnected`, `upstreamHead`, chunks, then
 * an end or a fault. The first two may come before `dispatch()` has returned. A fault may come at any point after that;
 * nothing follows an end, a fault or `abort()`.
 */
export interface UpstreamEvents {
  /**
   * Every connection that the pool may have is busy: the call waits for one, first come, first served. At most once. The pool
   * has no clock for this wait; `abort()` takes the call out of the queue.
   */
  upstreamQueued(): void
  /**
   * A connection is ready, and the request goes out on it now. `reused`: whether it carried a request before and is idle;
   * `undefined` over HTTP/2 if other requests are under way on it.
   */
  upstreamConnected(reused: boolean | undefined): void
  /**
   * Header names and values alternate, as they came, without pseudo headers. Informational (1xx) heads are not reported.
   * `UpstreamCall.decode` is to be called from in here.
   */
  upstreamHead(status: number, headers: readonly string[]): void
  /** Bytes of the body; they are the receiver's, nobody writes to them again. */
  upstreamChunk(bytes: Uint8Array): void
  upstreamEnd(): void
  upstreamFault(error: unknown, facts: TransportFacts): void
}
