import type { SendPayload, UpstreamStep } from '@stopbit/traces'
import type { AnswerPart, Piece } from '../recording.ts'

/** Shorter gaps are the machine's, not the upstream's: they become none. */
export const SHORTEST_GAP_MS = 20

/** What one script grows from, and the time at which its last byte was sent. */
interface Script {
  readonly steps: UpstreamStep[]
  atMs: number
}

/** The steps that send an answer again: the same bytes, in the same HTTP chunks and reads, with the same pauses. */
export function stepsOfAnswer(answer: readonly AnswerPart[]): {
  readonly steps: UpstreamStep[]
  readonly atMs: number
} {
  const script: Script = { steps: [], atMs: 0 }
  for (const [index, part] of answer.entries()) {
    if (part.kind === 'head') {
      pause(script, part.atMs)
      script.steps.push({ do: 'send', as: 'head', lines: part.lines })
    } else if (part.kind === 'last-chunk') {
      pause(script, part.atMs)
      script.steps.push({ do: 'chunk-end' })
    } else if (part.kind === 'chunk') addChunk(script, part)
    else if (!continuesRaw(answer, index)) addRaw(script, rawFrom(answer, index))
  }
  return script
}

/** The wait for what comes at `atMs`, if it is worth a step. */
export function pause(script: Script, atMs: number): void {
  const ms = Math.round(atMs - script.atMs)
  if (ms >= SHORTEST_GAP_MS) script.steps.push({ do: 'wait', ms })
  script.atMs = atMs
}

function addChunk(script: Script, { atMs, size, pieces, whole }: AnswerPart & { kind: 'chunk' }): void {
  pause(script, pieces[0]?.atMs ?? atMs)
  const isAtOnce = pieces.every(({ atMs: at }, index) => at - (pieces[index - 1]?.atMs ?? at) < SHORTEST_GAP_MS)
  const header = `${size.toString(16)}\r\n`
  if (whole && isAtOnce) {
    const splitAt = boundaries(pieces, header.length)
    const payload = toPayload(pieces)
    script.steps.push({ do: 'send', as: 'chunk', ...payload, ...(splitAt.length > 0 && { splitAt }) })
    script.atMs = pieces.at(-1)?.atMs ?? atMs
    return
  }
  // `as: head` because these bytes are framing and none of the body's.
  const ofFraming = 'of the chunk framing'
  script.steps.push({ do: 'send', as: 'head', text: header, note: ofFraming })
  for (const piece of pieces) addRaw(script, [piece])
  if (whole) script.steps.push({ do: 'send', as: 'head', text: '\r\n', note: ofFraming })
}

function addRaw(script: Script, pieces: readonly Piece[]): void {
  pause(script, pieces[0]?.atMs ?? script.atMs)
  const splitAt = boundaries(pieces, 0)
  script.steps.push({ do: 'send', as: 'raw', ...toPayload(pieces), ...(splitAt.length > 0 && { splitAt }) })
  script.atMs = pieces.at(-1)?.atMs ?? script.atMs
}

/** The raw reads from `index` on that came without a pause. */
function rawFrom(answer: readonly AnswerPart[], index: number): Piece[] {
  const pieces: Piece[] = []
  for (let at = index; at === index || continuesRaw(answer, at); at += 1) {
    const part = answer[at]
    if (part?.kind === 'raw') pieces.push(part)
  }
  return pieces
}

function continuesRaw(answer: readonly AnswerPart[], index: number): boolean {
  const [before, part] = [answer[index - 1], answer[index]]
  return before?.kind === 'raw' && part?.kind === 'raw' && part.atMs - before.atMs < SHORTEST_GAP_MS
}

/** Where a new read began, in bytes from the start of what is sent. */
function boundaries(pieces: readonly Piece[], offset: number): number[] {
  let at = offset
  return pieces.slice(0, -1).map(({ bytes }) => (at += bytes.length))
}

/** Text where the bytes are whole UTF-8, for readers; else base64. */
function toPayload(pieces: readonly Piece[]): SendPayload {
  const bytes = Buffer.concat(pieces.map((piece) => piece.bytes))
  try {
    return { text: new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { base64: bytes.toString('base64') }
  }
}
