import { NOTHING_SENT, type CanonicalEvent, type CanonicalStream, type ToolArguments } from './stream.ts'

/** A canonical stream as bytes, with what is true behind each of its events. */
export interface EncodedStream {
  readonly stream: CanonicalStream
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly marks: readonly Mark[]
  /** The visible text of the whole stream, by answer. */
  readonly wholeText: readonly string[]
}

/** What is true for a client that has all events up to here. */
export interface CutFacts {
  readonly text: readonly string[]
  readonly closed: readonly ToolArguments[]
  /** Every stop reason is through. */
  readonly mayBeComplete: boolean
  /** An event of a type that no client knows is among them. */
  readonly hasUnknownEvent: boolean
  /** Why the policy `truncate` has to refuse here; empty if it may truncate. */
  readonly locks: readonly string[]
}

interface Mark {
  /** From this offset on the event is whole. With CRLF it is so one byte early: the last LF adds nothing. */
  readonly wholeFrom: number
  readonly facts: CutFacts
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Lays a canonical stream out as bytes. */
export function encodeStream(stream: CanonicalStream): EncodedStream {
  let facts: CutFacts = {
    text: Array.from({ length: stream.request.answerCount ?? 1 }, () => ''),
    closed: [],
    mayBeComplete: false,
    hasUnknownEvent: false,
    locks: [NOTHING_SENT],
  }
  const marks: Mark[] = [{ wholeFrom: 0, facts }]
  let text = ''
  for (const event of stream.events) {
    text += event.lines.map((line) => line + stream.lineEnding).join('') + stream.lineEnding
    facts = after(facts, event)
    marks.push({ wholeFrom: encoder.encode(text).byteLength - (stream.lineEnding.length - 1), facts })
  }
  return { stream, bytes: encoder.encode(text), marks, wholeText: facts.text }
}

/**
 * What is true of a stream that was cut behind its first `cut` bytes; `isClean` if its body has ended there without a
 * fault. Then an event that lacks only its line endings may count as whole: `ifComplete`. A client of the bare stream may
 * drop such an event; whether ours may hand it out, to a client that then takes the stream for complete, is all that counts.
 */
export function factsAt(
  encoded: EncodedStream,
  cut: number,
  isClean: boolean,
): CutFacts & { readonly ifComplete: CutFacts } {
  const facts = wholeAt(encoded, cut)
  const next = encoded.marks.find(({ wholeFrom }) => wholeFrom > cut)
  const lacksLineEndings = isClean && !/[^\r\n]/.test(decoder.decode(encoded.bytes.subarray(cut, next?.wholeFrom)))
  return { ...facts, ifComplete: lacksLineEndings && next !== undefined ? next.facts : facts }
}

function wholeAt(encoded: EncodedStream, cut: number): CutFacts {
  const mark = encoded.marks.findLast(({ wholeFrom }) => wholeFrom <= cut)
  if (mark === undefined) throw new RangeError(`Cannot cut at ${String(cut)}: a cut is at or behind byte 0`)
  return mark.facts
}

function after(facts: CutFacts, event: CanonicalEvent): CutFacts {
  const { text, closes = [], locks, unlocks, isStop = false, isUnknown = false } = event
  return {
    text: text === undefined ? facts.text : facts.text.with(text.answer, (facts.text[text.answer] ?? '') + text.value),
    closed: [...facts.closed, ...closes],
    mayBeComplete: facts.mayBeComplete || isStop,
    hasUnknownEvent: facts.hasUnknownEvent || isUnknown,
    locks: [...facts.locks.filter((lock) => lock !== unlocks), ...(locks === undefined ? [] : [locks])],
  }
}
