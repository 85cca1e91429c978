import { silenceBeforeEnd } from './http/connection-recorder.ts'
import { readStream, type StreamFacts } from './dialects.ts'
import { bodyOf, headerIn, headOf, type Recording } from './recording.ts'

/** What became of a recorded exchange. */
export type Finding =
  /** Whole, or ended with an error in words: nothing to learn. */
  | { readonly kind: 'whole' }
  /** The client did not want it: no failure of the upstream's. */
  | { readonly kind: 'client-left' }
  | {
      readonly kind: 'failed'
      readonly how: 'reset' | 'eof' | 'stall' | 'refused'
      readonly where:
        | 'before-head'
        | 'before-body'
        | 'in-opening'
        | 'mid-stream'
        | 'after-stop'
        | 'after-end'
        | 'in-json'
    }

/** A silence of this long when the client gives up, or the recorder is stopped, is taken for a stall. */
export const DEFAULT_STALL_MS = 10_000

/** Says whether an exchange failed and how. Never throws. */
export function judgeRecording(recording: Recording, stallMs: number = DEFAULT_STALL_MS): Finding {
  const { kind } = recording.end
  const stream = streamFactsOf(recording)
  if (kind === 'framing') {
    const isCut = stream !== undefined && !stream.hasTerminal && isAnswered(recording)
    return isCut ? { kind: 'failed', how: 'eof', where: placeOf(recording, stream) } : { kind: 'whole' }
  }
  if (kind === 'client-left' || kind === 'stopped') {
    if (silenceBeforeEnd(recording) < stallMs) return { kind: 'client-left' }
    return { kind: 'failed', how: 'stall', where: placeOf(recording, stream) }
  }
  if (kind === 'refused') return { kind: 'failed', how: 'refused', where: 'before-head' }
  if (kind === 'fin' && isWholeByEnd(recording, stream)) return { kind: 'whole' }
  return { kind: 'failed', how: kind === 'rst' ? 'reset' : 'eof', where: placeOf(recording, stream) }
}

/** What the event stream held; undefined when the answer is none, or its dialect is unknown. */
export function streamFactsOf({ dialect, answer }: Recording): StreamFacts | undefined {
  const head = headOf(answer)
  if (dialect === 'opaque' || head === undefined) return undefined
  const type = headerIn(head.lines, 'content-type') ?? ''
  if (!/^text\/event-stream\b/i.test(type) || headerIn(head.lines, 'content-encoding') !== undefined) return undefined
  return readStream(dialect, bodyOf(answer))
}

/** A body that its connection's end delimits is whole if it says so itself. */
function isWholeByEnd({ answer }: Recording, stream: StreamFacts | undefined): boolean {
  const head = headOf(answer)
  if (head === undefined) return false
  const declared = headerIn(head.lines, 'content-length') ?? headerIn(head.lines, 'transfer-encoding')
  if (declared !== undefined) return false
  return stream === undefined || stream.hasTerminal
}

function isAnswered({ answer }: Recording): boolean {
  const status = headOf(answer)?.status ?? 0
  return status >= 200 && status < 300
}

function placeOf({ answer }: Recording, stream: StreamFacts | undefined): (Finding & { kind: 'failed' })['where'] {
  if (headOf(answer) === undefined) return 'before-head'
  if (stream === undefined) return 'in-json'
  if (stream.hasTerminal) return 'after-end'
  if (stream.hasStop) return 'after-stop'
  if (stream.hasContent) return 'mid-stream'
  return stream.events > 0 ? 'in-opening' : 'before-body'
}
