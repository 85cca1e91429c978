import { readEvent } from '../../framing/read-event.ts'
import { isObject, isText, type JsonObject, parseObject } from '../json.ts'
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
  readonly delta?: JsonObject | null
  readonly finish_reason?: unknown
}

/** What a delta brings of the answer. */
interface DeltaContent {
  /** Its kind; `undefined` if it brings nothing (a role, an empty text). */
  readonly kind: string | undefined
  /** It holds some of the answer itself, and does not only announce it as the head of a tool call does. */
  readonly isModelData: boolean
}

/** The API's own limit of `n`. */
export const MAX_CHOICE_COUNT = 128
/** Stands for choices without an index below that limit. They cannot be told apart, so they are never taken for finished. */
export const UNNAMED_CHOICE = -1

/** The texts of a delta, and what they are. `reasoning` and `reasoning_content` are the vendors' names for thinking. */
const TEXTS: readonly (readonly [key: string, kind: string])[] = [
  ['content', 'text'],
  ['refusal', 'refusal'],
  ['reasoning_content', 'reasoning'],
  ['reasoning', 'reasoning'],
]

/** The choices of a chunk; none for a usage chunk. */
export function choicesOf({ choices }: Chunk): readonly ChunkChoice[] {
  return Array.isArray(choices) ? choices.filter(isObject) : []
}

/** Whether the first choice is one of a streamed answer, by its `delta`. */
export function hasDelta({ choices }: Chunk): boolean {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined
  return isObject(first) && isObject(first['delta'])
}

/** The index of a choice, or `UNNAMED_CHOICE`. */
export function indexOf({ index }: ChunkChoice): number {
  const isNamed = typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < MAX_CHOICE_COUNT
  return isNamed ? index : UNNAMED_CHOICE
}

/** What a choice's delta brings. Once a tool call has begun it is that, whatever else comes with it. */
export function contentOf({ delta }: ChunkChoice): DeltaContent {
  if (!isObject(delta)) return { kind: undefined, isModelData: false }
  const textKind = TEXTS.find(([key]) => isFilled(delta[key]))?.[1] ?? audioKind(delta['audio'])
  const toolCalls = toolCallsOf(delta)
  const toolKind = toolCalls.length > 0 ? 'tool_calls' : legacyKind(delta['function_call'])
  const calls = [...toolCalls, { function: delta['function_call'] }]
  const hasArguments = calls.some((call) => isFilled(argumentsOf(call)?.value))
  return { kind: toolKind ?? textKind, isModelData: textKind !== undefined || hasArguments }
}

/** Whether a kind is that of a tool call, whose arguments must never pass for whole. */
export function isToolKind(kind: string | undefined): boolean {
  return kind === 'tool_calls' || kind === 'function_call'
}

/** The text that makes a chunk a plain delta, if it has one choice with one such text. */
function growingTextOf(chunk: Chunk): GrowingText | undefined {
  const [choice, ...others] = choicesOf(chunk)
  if (choice === undefined || others.length > 0 || !isObject(choice.delta)) return undefined
  const { delta } = choice
  const answerIndex = indexOf(choice)
  for (const [key] of TEXTS) {
    const text = delta[key]
    if (isText(text)) return { answerIndex, key, text }
  }
  const [call, ...more] = toolCallsOf(delta)
  const { key, value: text } = argumentsOf(call) ?? {}
  return key !== undefined && isText(text) && more.length === 0 ? { answerIndex, key, text } : undefined
}

/** Plain deltas. `obfuscation` is random padding by OpenAI; some vendors count tokens in every chunk. */
export const PLAIN_DELTAS: PlainReader<Chunk> = {
  parse: (event) => parseObject(readEvent(event, 0, event.byteLength).data),
  growingTextOf,
  idleFields: ['usage', 'obfuscation'],
}

function toolCallsOf(delta: JsonObject): readonly JsonObject[] {
  const calls = delta['tool_calls']
  return Array.isArray(calls) ? calls.filter(isObject) : []
}

/** A function's `arguments` or a custom tool's `input`. Some vendors send arguments as an object: whole in one fragment. */
function argumentsOf(call: JsonObject | undefined): { readonly key: string; readonly value: unknown } | undefined {
  const { function: named, custom } = call ?? {}
  if (isObject(named)) return { key: 'arguments', value: named['arguments'] }
  return isObject(custom) ? { key: 'input', value: custom['input'] } : undefined
}

function legacyKind(call: unknown): string | undefined {
  return isObject(call) ? 'function_call' : undefined
}

function audioKind(audio: unknown): string | undefined {
  return isObject(audio) && (isFilled(audio['data']) || isFilled(audio['transcript'])) ? 'audio' : undefined
}

/** Content is a string, or with some vendors a list of parts. */
function isFilled(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0
  return isObject(value)
}
