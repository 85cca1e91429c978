import { isFaultStep } from './fault-step.ts'
import type { SendPayload, SendStep, SseEvent, Trace, UpstreamStep } from './trace.ts'

/** A send step as bytes. */
export interface ResolvedSend {
  /** What the step carries, without HTTP chunk framing. Body bytes, or a head when `as` is `head`. */
  readonly payload: Uint8Array
  /** What goes on the wire, in order, each to be written on its own. */
  readonly writes: readonly Uint8Array[]
  /** The payload in the same pieces, without HTTP/1.1 framing: what HTTP/2 frames in its own way. */
  readonly parts: readonly Uint8Array[]
}

/** The last chunk of a chunked body, without trailers. */
export const LAST_CHUNK: Uint8Array = new TextEncoder().encode('0\r\n\r\n')

/** Turns a send step into bytes: payload (`repeat`, `truncateTo`), framing, writes (`splitAt`, `chunkBytes`). The bytes are the caller's. */
export function resolveSend(step: SendStep): ResolvedSend {
  const whole = repeated(encodePayload(step), step.repeat ?? 1)
  const payload = step.truncateTo === undefined ? whole : whole.slice(0, step.truncateTo)
  if (step.as === 'chunk') {
    const chunks = step.chunkBytes === undefined ? [payload] : cutEvery(payload, step.chunkBytes)
    const framed = chunks.map(frameChunk)
    if (step.splitAt === undefined) return { payload, writes: framed, parts: chunks }
    return { payload, writes: cutAt(concatBytes(framed), step.splitAt), parts: cutAt(payload, step.splitAt) }
  }
  const parts = cutAt(payload, step.splitAt ?? [])
  return { payload, writes: parts, parts }
}

/** Whether a step sends body bytes. */
export function isBodySend(step: UpstreamStep): step is SendStep {
  return step.do === 'send' && (step.as === 'chunk' || step.as === 'raw')
}

/** All body bytes that the trace's upstream sends before its fault or its variants, over all connections in order. `loop` counts once. */
export function bodyBytesBeforeFault(trace: Trace): Uint8Array {
  const parts: Uint8Array[] = []
  for (const step of stepsBeforeFault(trace)) {
    if (isBodySend(step)) parts.push(resolveSend(step).payload)
  }
  return concatBytes(parts)
}

/** Joins byte arrays into a new one. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

function stepsBeforeFault(trace: Trace): UpstreamStep[] {
  const before: UpstreamStep[] = []
  for (const connection of trace.upstream.connections) {
    for (const step of connection.script) {
      if (isFaultStep(step) || step.do === 'variant') return before
      before.push(step)
    }
  }
  return before
}

function encodePayload(payload: SendPayload): Uint8Array {
  if ('text' in payload) return new TextEncoder().encode(payload.text)
  if ('base64' in payload) return Uint8Array.from(atob(payload.base64), (char) => char.charCodeAt(0))
  if ('lines' in payload) return new TextEncoder().encode(`${payload.lines.join('\r\n')}\r\n\r\n`)
  return new TextEncoder().encode(payload.sse.map(formatSseEvent).join(''))
}

function formatSseEvent({ event, data }: SseEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  return times === 1 ? bytes : concatBytes(Array.from({ length: times }, () => bytes))
}

function frameChunk(payload: Uint8Array): Uint8Array {
  const encoder = new TextEncoder()
  return concatBytes([encoder.encode(`${payload.length.toString(16)}\r\n`), payload, encoder.encode('\r\n')])
}

function cutEvery(bytes: Uint8Array, size: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += size) parts.push(bytes.slice(start, start + size))
  return parts
}

function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const edges = [0, ...offsets.filter((offset) => offset < bytes.length), bytes.length]
  return edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge))
}
