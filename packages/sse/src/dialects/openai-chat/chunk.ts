import { readEvent } from '../../framing/read-event.ts'
import type { GrowingText, PlainReader } from '../plain-events.ts'

/** What is read of the JSON object of one event. Nothing in it is certain: dozens of vendors speak this dialect. */
export interface Chunk {
  readonly id?: unknown
  readonly object?: unknown
  readonly created?: unknown
  readonly model?: unknown
  readonly choices?: unknown
  readonly error?: unknown
}

/** One element of `choices`. */
export interface ChunkChoice {
  readonly index?: unknown
  readonly delta?: Readonly<Record<string, unknown>> | null
  readonly finish_reason?: unknown
}

/** What a delta brings of the answer. */
interface DeltaContent {
  /** Its kind; `undefined` if it brings nothing (a role, an empty text). */
  readonly kind: string | undefined
  /** It holds some of the answer itself, and does not only announce it as the head of a tool call does. */
  readonly isModelData: boolean
}

/** Stands for choices without an index. They cannot be told apart, so they are never taken for finished. */
export const UNNAMED_CHOICE = -1

/** The texts of a delta, and what they are. `reasoning` and `reasoning_content` are the vendors' names for thinking. */
const TEXTS: readonly (readonly [key: string, kind: string])[] = [
  ['content', 'text'],
  ['refusal', 'refusal'],
  ['reasoning_content', 'reasoning'],
  ['reasoning', 'reasoning'],
]

/** The JSON object in an event's data, or `undefined` if there is none. */
export function parseChunk(data: string): Chunk | undefined {
  try {
    const chunk: unknown = JSON.parse(data)
    return isRecord(chunk) ? chunk : undefined
  } catch {
    return undefined
  }
}

/** The choices of a chunk; none for a usage chunk. */
export function choicesOf({ choices }: Chunk): readonly ChunkChoice[] {
  return Array.isArray(choices) ? choices.filter(isRecord) : []
}

/** Whether the first choice is one of a streamed answer, by its `delta`. */
export function hasDelta({ choices }: Chunk): boolean {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined
  return isRecord(first) && isRecord(first['delta'])
}

/** The index of a choice, or `UNNAMED_CHOICE`. */
export function indexOf({ index }: ChunkChoice): number {
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : UNNAMED_CHOICE
}

/** What a choice's delta brings. Once a tool call has begun it is that, whatever else comes with it. */
export function contentOf({ delta }: ChunkChoice): DeltaContent {
  if (!isRecord(delta)) return { kind: undefined, isModelData: false }
  const textKind = TEXTS.find(([key]) => isFilled(delta[key]))?.[1] ?? audioKind(delta['audio'])
  const toolCalls = toolCallsOf(delta)
  const toolKind = toolCalls.length > 0 ? 'tool_calls' : legacyKind(delta['function_call'])
  const hasArguments = [...toolCalls, { function: delta['function_call'] }].some((call) => isFilled(argumentsOf(call)))
  return { kind: toolKind ?? textKind, isModelData: textKind !== undefined || hasArguments }
}

/** Whether a kind is that of a tool call, whose arguments must never pass for whole. */
export function isToolKind(kind: string | undefined): boolean {
  return kind === 'tool_calls' || kind === 'function_call'
}

/** The text that makes a chunk a plain delta, if it has one choice with one such text. */
function growingTextOf(chunk: Chunk): GrowingText | undefined {
  const [choice, ...others] = choicesOf(chunk)
  if (choice === undefined || others.length > 0 || !isRecord(choice.delta)) return undefined
  const { delta } = choice
  const answerIndex = indexOf(choice)
  for (const [key] of TEXTS) {
    const text = delta[key]
    if (typeof text === 'string' && text !== '') return { answerIndex, key, text }
  }
  const calls = toolCallsOf(delta)
  const text = argumentsOf(calls[0])
  if (calls.length !== 1 || typeof text !== 'string' || text === '') return undefined
  return { answerIndex, key: 'arguments', text }
}

/** Plain deltas. `obfuscation` is random padding by OpenAI; some vendors count tokens in every chunk. */
export const PLAIN_DELTAS: PlainReader<Chunk> = {
  parse: (event) => parseChunk(readEvent(event, 0, event.byteLength).data),
  growingTextOf,
  idleFields: ['usage', 'obfuscation'],
}

function toolCallsOf(delta: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const calls = delta['tool_calls']
  return Array.isArray(calls) ? calls.filter(isRecord) : []
}

/** A function's `arguments` or a custom tool's `input`. Some vendors send arguments as an object: whole in one fragment. */
function argumentsOf(call: Readonly<Record<string, unknown>> | undefined): unknown {
  const { function: named, custom } = call ?? {}
  if (isRecord(named)) return named['arguments']
  return isRecord(custom) ? custom['input'] : undefined
}

function legacyKind(call: unknown): string | undefined {
  return isRecord(call) ? 'function_call' : undefined
}

function audioKind(audio: unknown): string | undefined {
  return isRecord(audio) && (isFilled(audio['data']) || isFilled(audio['transcript'])) ? 'audio' : undefined
}

/** Content is a string, or with some vendors a list of parts. */
function isFilled(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0
  return isRecord(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
