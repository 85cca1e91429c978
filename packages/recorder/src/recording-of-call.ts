import { dialectOfPath } from './dialects.ts'
import type { AnswerPart, EndKind, Recording } from './recording.ts'

/** A call that failed, as `@stopbit/upstream` hands it over by its option `history`. */
export interface FailedCallLike {
  readonly method: string
  readonly path: string
  readonly requestBytes: number | undefined
  readonly droppedBytes: number
  readonly events: readonly (
    | { readonly atMs: number; readonly kind: 'connected'; readonly reused: boolean | undefined }
    | { readonly atMs: number; readonly kind: 'head'; readonly status: number; readonly headers: readonly string[] }
    | { readonly atMs: number; readonly kind: 'received'; readonly bytes: Uint8Array }
    | { readonly atMs: number; readonly kind: 'fault'; readonly code: string | undefined }
  )[]
}

/** How undici and Node name what a tap would have seen. */
const ENDS: ReadonlyMap<string, EndKind> = new Map([
  ['ECONNRESET', 'rst'],
  ['EPIPE', 'rst'],
  ['UND_ERR_SOCKET', 'fin'],
  ['ECONNREFUSED', 'refused'],
])

/**
 * The recording of a call that failed in a pool. A pool sees bodies and no framing, so that each piece stands for a chunk.
 * Undefined where a trace of it would say more than is known: a fault that is none of the connection's, an answer whose
 * beginning was let go, or the race on a kept connection, which is one only with the exchange before it.
 */
export function recordingOfCall(call: FailedCallLike): Recording | undefined {
  const { events } = call
  const fault = events.findLast((event) => event.kind === 'fault')
  const kind = ENDS.get(fault?.code ?? '')
  const isAnswered = events.some((event) => event.kind === 'head')
  const wasReused = events.some((event) => event.kind === 'connected' && event.reused !== false)
  if (fault === undefined || kind === undefined || call.droppedBytes > 0 || (wasReused && !isAnswered)) return undefined
  const answer = answerOf(events)
  return {
    dialect: dialectOfPath(call.path),
    request: {
      method: call.method,
      target: call.path,
      bodyBytes: call.requestBytes ?? 0,
      bodySha256_16: undefined,
      shape: undefined,
      wantsStream: !answer.some((part) => part.kind === 'head' && !/event-stream/i.test(part.lines.join('\n'))),
      hasTools: false,
    },
    answer,
    end: { kind, atMs: fault.atMs },
    before: undefined,
    seenBy: 'pool',
  }
}

function answerOf(events: FailedCallLike['events']): AnswerPart[] {
  let chunked = false
  return events.flatMap((event): AnswerPart[] => {
    if (event.kind === 'head') {
      const lines = headLines(event.status, event.headers)
      chunked = lines.some((line) => /^transfer-encoding:.*chunked/i.test(line))
      return [{ kind: 'head', atMs: event.atMs, status: event.status, lines }]
    }
    if (event.kind !== 'received') return []
    const { atMs, bytes } = event
    return [
      chunked
        ? { kind: 'chunk', atMs, size: bytes.length, pieces: [{ atMs, bytes }], whole: true }
        : { kind: 'raw', atMs, bytes },
    ]
  })
}

/** Without the coding: what the pool hands on is decoded. Its length then says nothing, and neither framing would hold. */
function headLines(status: number, headers: readonly string[]): string[] {
  const lines: string[] = []
  const isCoded = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'content-encoding')
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? ''
    if (isCoded && /^content-(?:encoding|length)$/i.test(name)) continue
    lines.push(`${name}: ${headers[at + 1] ?? ''}`)
  }
  return [`HTTP/1.1 ${status} `, ...lines]
}
