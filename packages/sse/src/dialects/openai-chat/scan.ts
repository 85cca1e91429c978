import { readEvent } from '../../framing/read-event.ts'
import type { Scanner, StreamState } from '../dialect.ts'
import { PlainEvents } from '../plain-events.ts'
import { isObject, parseObject, toSayable, toShort } from '../json.ts'
import { toErrorData, wordOf } from '../upstream-error.ts'
import {
  type Chunk,
  type ChunkChoice,
  choicesOf,
  contentOf,
  indexOf,
  isToolKind,
  MAX_CHOICE_COUNT,
  PLAIN_DELTAS,
  UNNAMED_CHOICE,
} from './chunk.ts'

/** One of the answers that a request asked for. */
interface Choice {
  /** What its last content was; a tool call from its first fragment on. `undefined` before any content. */
  readonly kind: string | undefined
  readonly hasRole: boolean
  readonly finishReason: string | undefined
}

/** What closings and heartbeats need beyond the phase. */
export interface ChatFacts {
  /** How many choices were asked for; `undefined` if that is unknown. */
  readonly choiceCount: number | undefined
  /** The choices seen, by index; those without an index that we can name share `UNNAMED_CHOICE`. */
  readonly choices: ReadonlyMap<number, Choice>
  /** The fields that every chunk of the stream repeats, as its first choice had them. */
  readonly head: Pick<Chunk, 'id' | 'created' | 'model'>
  /** The upstream has sent an `id:` field. */
  readonly hasEventIds: boolean
}

type Failed = Extract<StreamState, { phase: 'failed' }> & {
  /** Data of an error that went out, but inside a chunk with choices, where some clients miss it. */
  readonly repeat?: string
}

/** The state of a stream, with what has been seen of it. */
export type ChatState = (Exclude<StreamState, { phase: 'failed' }> | Failed) & { readonly facts: ChatFacts }

const NEW_CHOICE: Choice = { kind: undefined, hasRole: false, finishReason: undefined }

/**
 * Follows a Chat Completions stream: idle → open ⇄ block → stopping → done, or failed from anywhere. A choice with content
 * and no stop reason is an open block. `stopping` needs the stop reason of every choice that was asked for.
 */
export class ChatScanner implements Scanner<ChatState> {
  readonly plainEvents: PlainEvents<Chunk> = new PlainEvents('event-stream', PLAIN_DELTAS)
  readonly #choices = new Map<number, Choice>()
  #facts: ChatFacts
  #state: ChatState
  #modelDataCount = 0

  constructor(choiceCount: number | undefined) {
    this.#facts = { choiceCount: usable(choiceCount), choices: this.#choices, head: {}, hasEventIds: false }
    this.#state = { phase: 'idle', facts: this.#facts }
  }

  get state(): ChatState {
    return this.#state
  }

  get modelDataCount(): number {
    return this.#modelDataCount + this.plainEvents.count
  }

  scan(bytes: Uint8Array, start: number, end: number): 'forward' | 'withhold' {
    return this.plainEvents.match(bytes, start, end) ? 'forward' : this.#read(bytes, start, end)
  }

  #read(bytes: Uint8Array, start: number, end: number): 'forward' | 'withhold' {
    const { phase } = this.#state
    if (phase === 'done' || phase === 'failed') return 'forward'
    const { name, data, hasId } = readEvent(bytes, start, end)
    if (hasId && !this.#facts.hasEventIds) {
      this.#facts = { ...this.#facts, hasEventIds: true }
      this.#state = { ...this.#state, facts: this.#facts }
    }
    if (data === '') return 'forward'
    if (data.trim() === '[DONE]') {
      this.#end({ phase: 'done', facts: this.#facts })
      return 'forward'
    }
    const chunk: Chunk | undefined = parseObject(data)
    if (chunk?.error) return this.#fail(chunk.error, data, Array.isArray(chunk.choices) ? 'repeat' : 'forward')
    if (chunk?.object === 'error') {
      const { object: _, ...error } = chunk
      return this.#fail(error, data, 'withhold')
    }
    // The event's name alone makes it an error for the newest SDK; clients that read only data would miss it.
    if (name === 'error') return this.#fail(chunk ?? { message: data }, data, 'withhold')
    if (chunk !== undefined && this.#apply(chunk)) {
      this.#modelDataCount++
      this.plainEvents.learn(bytes.subarray(start, end), chunk)
    }
    return 'forward'
  }

  /** Whether the chunk held model data. */
  #apply(chunk: Chunk): boolean {
    const choices = choicesOf(chunk)
    if (choices.length === 0) return false
    const isFirst = this.#choices.size === 0
    if (isFirst) {
      const { id, created, model } = chunk
      this.#facts = { ...this.#facts, head: { id: toShort(id), created: toShort(created), model: toShort(model) } }
    }
    let isModelData = false
    let isChanged = isFirst
    for (const choice of choices) {
      const content = contentOf(choice)
      if (content.isModelData) isModelData = true
      if (this.#applyChoice(choice, content.kind)) isChanged = true
    }
    if (isChanged) this.#state = this.#stateOfChoices()
    return isModelData
  }

  /** Whether the choice is another one now. */
  #applyChoice(choice: ChunkChoice, kind: string | undefined): boolean {
    const index = indexOf(choice)
    const { delta, finish_reason: reason } = choice
    const last = this.#choices.get(index) ?? NEW_CHOICE
    const isFinishedHere = typeof reason === 'string' && reason !== '' && index !== UNNAMED_CHOICE
    // Content behind a stop reason opens the choice again: then it is not known any more what is still to come.
    const earlierReason = kind === undefined ? last.finishReason : undefined
    const next: Choice = {
      kind: kind === undefined || isToolKind(last.kind) ? last.kind : kind,
      hasRole: last.hasRole || typeof delta?.['role'] === 'string',
      finishReason: isFinishedHere ? wordOf(reason) : earlierReason,
    }
    if (last !== NEW_CHOICE && isSame(last, next)) return false
    this.#choices.set(index, next)
    // A plain delta was one that changed nothing in its choice; that has to be found out anew.
    this.plainEvents.forget(index)
    return true
  }

  #stateOfChoices(): ChatState {
    const facts = this.#facts
    const unfinished = [...this.#choices].filter(([, { finishReason }]) => finishReason === undefined)
    if (unfinished.length === 0 && this.#isEachFinished()) {
      const reasons = new Set([...this.#choices.values()].map(({ finishReason }) => finishReason))
      return { phase: 'stopping', stopReason: [...reasons].join(','), facts }
    }
    const blocks = new Map<number, string>()
    for (const [index, { kind }] of unfinished) if (kind !== undefined) blocks.set(index, kind)
    return blocks.size > 0 ? { phase: 'block', blocks, facts } : { phase: 'open', facts }
  }

  /** Whether every choice that was asked for has its stop reason. What was asked for may be unknown: then it has not. */
  #isEachFinished(): boolean {
    const { choiceCount } = this.#facts
    if (choiceCount === undefined) return false
    for (let index = 0; index < choiceCount; index++) {
      if (this.#choices.get(index)?.finishReason === undefined) return false
    }
    return true
  }

  /**
   * The upstream's error, as clients get it: as it came; as it came and once more by itself; or, where no client would take
   * it for one, only by itself.
   */
  #fail(error: unknown, data: string, how: 'forward' | 'repeat' | 'withhold'): 'forward' | 'withhold' {
    const alone = JSON.stringify({ error: toSayable(error) })
    const added = { forward: {}, repeat: { repeat: alone }, withhold: { untold: alone } }[how]
    const { type, code } = isObject(error) ? error : {}
    const failed = { phase: 'failed', errorType: wordOf(type, code), error: toErrorData(data) } as const
    this.#end({ ...failed, ...added, facts: this.#facts })
    return how === 'withhold' ? 'withhold' : 'forward'
  }

  #end(state: ChatState): void {
    this.#state = state
    this.plainEvents.forgetAll()
  }
}

function isSame(a: Choice, b: Choice): boolean {
  return a.kind === b.kind && a.hasRole === b.hasRole && a.finishReason === b.finishReason
}

/** A larger or odd count is not one that a stream can be held against. */
function usable(choiceCount: number | undefined): number | undefined {
  if (choiceCount === undefined || !Number.isInteger(choiceCount)) return undefined
  return choiceCount >= 1 && choiceCount <= MAX_CHOICE_COUNT ? choiceCount : undefined
}
