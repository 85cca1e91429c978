import { errorCode } from './pool-error.ts'
import type { UpstreamEvents } from './upstream-events.ts'

/** Something that happened to a call. `atMs`: since the call was made. */
export type CallEvent =
  | { readonly atMs: number; readonly kind: 'connected'; readonly reused: boolean | undefined }
  /** Names and values alternate, as they came. */
  | { readonly atMs: number; readonly kind: 'head'; readonly status: number; readonly headers: readonly string[] }
  /** Decoded, where the receiver asked for that. */
  | { readonly atMs: number; readonly kind: 'received'; readonly bytes: Uint8Array }
  | { readonly atMs: number; readonly kind: 'fault'; readonly code: string | undefined }

/** A call that ended in a fault. Of the request nothing is kept but where it went and how long it was. */
export interface FailedCall {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Undefined for a body that was streamed. */
  readonly requestBytes: number | undefined
  readonly events: readonly CallEvent[]
  /** Bytes of the answer that were let go because there were more than `maxBytes`: the oldest. */
  readonly droppedBytes: number
}

/** What the pool keeps of each call while it runs. */
export interface FaultHistoryOptions {
  /** Most bytes of an answer that are kept per call; the oldest go first. Default 262,144. */
  readonly maxBytes?: number | undefined
  /** Told of each call that ends in a fault of the transport; of no other. What it throws is a warning of the process. */
  readonly onFault: (call: FailedCall) => void
}

/** Passes a call's events on as they are, and keeps the last of them until it is over. */
export function keepHistory(
  events: UpstreamEvents,
  request: Pick<FailedCall, 'method' | 'path' | 'requestBytes'>,
  { maxBytes, onFault }: { readonly maxBytes: number; readonly onFault: (call: FailedCall) => void },
): UpstreamEvents {
  const startedAt = performance.now()
  const kept: CallEvent[] = []
  let keptBytes = 0
  let droppedBytes = 0
  const now = (): number => performance.now() - startedAt
  const letGo = (): void => {
    while (keptBytes > maxBytes) {
      const oldest = kept.findIndex(({ kind }) => kind === 'received')
      const [event] = kept.splice(oldest, 1)
      if (event?.kind !== 'received') return
      keptBytes -= event.bytes.length
      droppedBytes += event.bytes.length
    }
  }
  return {
    upstreamQueued: () => events.upstreamQueued(),
    upstreamConnected(reused) {
      kept.push({ atMs: now(), kind: 'connected', reused })
      events.upstreamConnected(reused)
    },
    upstreamHead(status, headers) {
      kept.push({ atMs: now(), kind: 'head', status, headers })
      events.upstreamHead(status, headers)
    },
    upstreamChunk(bytes) {
      kept.push({ atMs: now(), kind: 'received', bytes })
      keptBytes += bytes.length
      letGo()
      events.upstreamChunk(bytes)
    },
    upstreamEnd: () => events.upstreamEnd(),
    upstreamFault(error, facts) {
      events.upstreamFault(error, facts)
      kept.push({ atMs: now(), kind: 'fault', code: errorCode(error) })
      try {
        onFault({ ...request, events: kept, droppedBytes })
      } catch (thrown) {
        process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
      }
    },
  }
}
