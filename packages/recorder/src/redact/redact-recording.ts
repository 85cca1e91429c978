import { bodyOf, headerIn, headOf, type AnswerPart, type Piece, type Recording } from '../recording.ts'
import { fillBody } from './fill-body.ts'
import { redactHead } from './redact-head.ts'

/** The rules that `redactRecording` follows, by the names under which a trace lists them. */
export const REDACTION_RULES: readonly string[] = [
  'request-body-dropped',
  'response-headers-allow-listed',
  'json-strings-filled-same-length',
  'ids-zeroed-same-length',
  'unparsed-bytes-filled',
]

/**
 * A recording of which nothing but its grammar is left: every part keeps its length, its place and its time. A pure function;
 * what it was given is left as it is. `keepBodies`: the answer's bodies are ours, and stay.
 */
export function redactRecording(recording: Recording, keepBodies: boolean = false): Recording {
  const { answer, dialect } = recording
  const head = headOf(answer)
  const coding = head === undefined ? undefined : headerIn(head.lines, 'content-encoding')
  const coded = coding !== undefined && coding.toLowerCase() !== 'identity'
  const contentType = (head === undefined ? undefined : headerIn(head.lines, 'content-type')) ?? ''
  const body = bodyOf(answer)
  const filled = keepBodies ? body : fillBody(body, { dialect, contentType, coded })
  return {
    ...recording,
    answer: replaceBody(answer, filled, coded && !keepBodies),
    before: recording.before === undefined ? undefined : redactRecording(recording.before, keepBodies),
  }
}

/** Lays `body` out over the same parts. A body that was coded is none any more, so that its header goes. */
function replaceBody(answer: readonly AnswerPart[], body: Uint8Array, dropCoding: boolean): AnswerPart[] {
  let at = 0
  const take = (length: number): Uint8Array => body.subarray(at, (at += length))
  return answer.map((part): AnswerPart => {
    if (part.kind === 'head') {
      const lines = redactHead(part.lines)
      return { ...part, lines: dropCoding ? lines.filter((line) => !/^content-encoding:/i.test(line)) : lines }
    }
    if (part.kind === 'raw') return { ...part, bytes: take(part.bytes.length) }
    if (part.kind === 'last-chunk') return part
    return {
      ...part,
      pieces: part.pieces.map((piece): Piece => ({ atMs: piece.atMs, bytes: take(piece.bytes.length) })),
    }
  })
}
