import { readEvent } from '../../framing/read-event.ts'
import type { Framing } from '../dialect.ts'
import { isObject, isText, type JsonObject, parseObject } from '../json.ts'
import type { GrowingText, PlainReader } from '../plain-events.ts'

/** One `GenerateContentResponse`, as far as it is looked at. */
export interface GeminiChunk {
  readonly candidates?: unknown
  readonly promptFeedback?: { readonly blockReason?: unknown } | null
  readonly usageMetadata?: unknown
  readonly error?: unknown
}

/** One element of `candidates`. */
export interface WireCandidate {
  readonly index?: unknown
  readonly content?: { readonly parts?: unknown } | null
  readonly finishReason?: unknown
  readonly continuationToken?: unknown
}

/** One element of the `parts` of a candidate's content. */
export type Part = JsonObject

/** Far more than the API's own limit of `candidateCount`. */
const MAX_CANDIDATES = 128
/** Stands for candidates whose index cannot be one. They cannot be told apart, so they are never taken for finished. */
export const UNNAMED_CANDIDATE = -1

/** Keys of a part that say something about its content and are none. */
const ABOUT_CONTENT = new Set(['thought', 'thoughtSignature', 'videoMetadata', 'partMetadata', 'mediaResolution'])

/** Whether an event that may have been cut has all of its data, and is cut in no line behind it either. */
export function hasWholeData(event: Uint8Array): boolean {
  const lastLine =
    new TextDecoder()
      .decode(event)
      .trimEnd()
      .split(/[\r\n]/)
      .at(-1) ?? ''
  return lastLine.startsWith('data:') && parseEvent(event) !== undefined
}

/** The JSON text of an array's element, without what stands in front of it. */
export function withoutSeparator(unit: string): string {
  return unit.replace(/^\s*[[,]?\s*/, '')
}

/** Chunks of one kind of text. Token counts are in every chunk of the API, and nearly always others. */
export function plainReader(framing: Framing): PlainReader<GeminiChunk> {
  return { parse: framing === 'json-array' ? parseElement : parseEvent, growingTextOf, idleFields: ['usageMetadata'] }
}

function parseEvent(event: Uint8Array): GeminiChunk | undefined {
  return parseObject(readEvent(event, 0, event.byteLength).data)
}

function parseElement(unit: Uint8Array): GeminiChunk | undefined {
  return parseObject(withoutSeparator(new TextDecoder().decode(unit)))
}

/** The text of a chunk with one candidate of one part, which holds text and nothing else that is content. */
function growingTextOf({ candidates }: GeminiChunk): GrowingText | undefined {
  const [candidate, ...others]: readonly unknown[] = Array.isArray(candidates) ? candidates : []
  if (others.length > 0 || !isObject(candidate)) return undefined
  const [part, ...more] = contentOf(candidate)
  const text = part?.['text']
  if (more.length > 0 || !isText(text)) return undefined
  return { answerIndex: indexOf(candidate), key: 'text', text }
}

/** Which candidate it is. The API leaves the index of the first one out. */
export function indexOf({ index }: WireCandidate): number {
  if (typeof index !== 'number') return 0
  return Number.isInteger(index) && index >= 0 && index < MAX_CANDIDATES ? index : UNNAMED_CANDIDATE
}

/** The parts with content. */
export function contentOf({ content }: WireCandidate): readonly Part[] {
  return Array.isArray(content?.parts) ? content.parts.filter(isObject).filter(hasContent) : []
}

/** Text, function calls, code and data of any kind are model data; an empty text and a signature are not. */
function hasContent(part: Part): boolean {
  return Object.entries(part).some(([key, value]) => !ABOUT_CONTENT.has(key) && value !== '' && value !== null)
}

/** Arguments may be streamed in pieces; the last piece does not say that more will come. Source: `FunctionCall` of the SDK. */
export function isPartial(call: Part): boolean {
  if (call['willContinue'] === true) return true
  const args = Array.isArray(call['partialArgs']) ? call['partialArgs'] : []
  return args.some((arg: unknown) => isObject(arg) && arg['willContinue'] === true)
}

/** Whether a chunk is, or holds, an error of the upstream. */
export function isError(chunk: GeminiChunk | undefined): boolean {
  return chunk?.error !== undefined && chunk.error !== null
}
