import { hasPrefix, toBytes } from '../../framing/bytes.ts'
import { readEvent } from '../../framing/read-event.ts'
import type { EndingPolicy, Scanner, StreamState } from '../dialect.ts'
import { isObject, isText, parseObject } from '../json.ts'
import { toErrorData, wordOf } from '../upstream-error.ts'
import { PlainDeltas } from './plain-deltas.ts'

/** How Anthropic, and the vendors that speak its dialect, write their most frequent event. */
const DELTA_NAME = toBytes('event: content_block_delta')
/** The end of a delta that carries an empty string, in the field order that the API uses. */
const EMPTY_STRING_END = toBytes(':""}}')

const LF = 10
const CR = 13
const UNNAMED_BLOCK = -1
/** The API has one or two open at a time. */
const MAX_OPEN_BLOCKS = 128

/** Block types whose content follows in deltas. Every other type is whole in its start. */
const GROWING_BLOCKS = new Set(['text', 'thinking', 'tool_use', 'server_tool_use', 'mcp_tool_use', 'compaction'])

interface Usage {
  readonly output_tokens?: unknown
}

/** A Messages stream's state, and what a graceful end needs to know beyond it. */
export type MessageState = StreamState & { readonly message: MessageFacts }

interface MessageFacts {
  /** The upstream's last count, which is cumulative. */
  readonly outputTokens: number
  /** A client's, a server's or an MCP tool was called, finished or not. */
  readonly hasToolCall: boolean
  /** Open thinking blocks that have their signature; only known where the policy asks for it. */
  readonly signed: ReadonlySet<number>
}

const NOTHING_SIGNED: ReadonlySet<number> = new Set()

const TOOL_CALLS = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use'])

interface AnthropicEvent {
  readonly type?: unknown
  readonly index?: unknown
  readonly content_block?: { readonly type?: unknown; readonly text?: unknown; readonly thinking?: unknown } | null
  readonly delta?: Readonly<Record<string, unknown>> | null
  readonly error?: { readonly type?: unknown } | null
  readonly message?: { readonly usage?: Usage | null } | null
  readonly usage?: Usage | null
}

/** Follows an Anthropic Messages stream: idle → open ⇄ block → stopping → done, or failed from anywhere. */
export class AnthropicScanner implements Scanner<MessageState> {
  readonly #blocks = new Map<number, string>()
  /** Made when the first block is signed: most streams have none. */
  #signed: Set<number> | undefined
  readonly #message = { outputTokens: 0, hasToolCall: false, signed: NOTHING_SIGNED }
  readonly plainEvents: PlainDeltas = new PlainDeltas()
  /** A graceful end depends on signatures, which come in deltas; nothing else does. */
  readonly #readsEveryDelta: boolean
  #state: MessageState = { phase: 'idle', message: this.#message }
  #modelDataCount = 0

  constructor(policy: EndingPolicy) {
    this.#readsEveryDelta = policy === 'truncate'
  }

  get state(): MessageState {
    return this.#state
  }

  get modelDataCount(): number {
    return this.#modelDataCount + this.plainEvents.count
  }

  scan(bytes: Uint8Array, start: number, end: number): 'forward' | 'withhold' {
    // Once the first data is through, a delta changes no state: a look at its first and last bytes is enough.
    if (this.#modelDataCount > 0 && !this.#readsEveryDelta && isDelta(bytes, start, end)) {
      if (!endsInEmptyString(bytes, start, end)) this.#countModelData()
      return 'forward'
    }
    const { name, data } = readEvent(bytes, start, end)
    if (name === 'ping' || (name === '' && data === '')) return 'forward'
    const event: AnthropicEvent | undefined = parseObject(data)
    // Some vendors leave the `event` line out. Clients that go by `data.type` act on such an event, but the SDK drops it: an
    // error would end its stream in silence, so it has to be said again in full.
    if (name === '' && event?.type === 'error') {
      this.#fail(event, data, { untold: data.replaceAll('\n', ' ') })
      return 'withhold'
    }
    // Clients take an error event for one whatever its data; any other event without JSON fails in them by itself.
    if (name === 'error') this.#fail(event, data)
    else if (event !== undefined) this.#apply(name === '' ? event.type : name, event)
    return 'forward'
  }

  #apply(type: unknown, event: AnthropicEvent): void {
    switch (type) {
      case 'message_start':
        this.#countTokens(event.message?.usage)
        if (this.#state.phase === 'idle') this.#enter({ phase: 'open' })
        return
      case 'content_block_start':
        return this.#startBlock(event)
      case 'content_block_delta':
        if (event.delta?.['type'] === 'signature_delta') this.#sign(event)
        if (hasContent(event.delta)) this.#countModelData()
        return
      case 'content_block_stop':
        return this.#stopBlock(event)
      case 'message_delta':
        return this.#stop(event)
      case 'message_stop':
        return this.#enter({ phase: 'done' })
      default: // New event types may come at any time and are not ours to judge.
    }
  }

  #fail(event: AnthropicEvent | undefined, data: string, told: { readonly untold?: string } = {}): void {
    this.#enter({ phase: 'failed', errorType: wordOf(event?.error?.type), error: toErrorData(data), ...told })
  }

  #enter(state: StreamState): void {
    this.#state = { ...state, message: this.#message }
  }

  #startBlock({ index, content_block: block }: AnthropicEvent): void {
    if (typeof block?.type !== 'string') return
    // A block that cannot be named cannot be closed either: it stays open for good, and the message with it.
    // So does one whose number is none that JSON has: 1e999.
    const isNumber = typeof index === 'number' && Number.isFinite(index)
    const isNamed = isNumber && (this.#blocks.size < MAX_OPEN_BLOCKS || this.#blocks.has(index))
    this.#blocks.set(isNamed ? index : UNNAMED_BLOCK, wordOf(block.type))
    if (TOOL_CALLS.has(block.type)) this.#message.hasToolCall = true
    this.#enter({ phase: 'block', blocks: this.#blocks })
    const isWhole = !GROWING_BLOCKS.has(block.type)
    if (isWhole || isText(block.text) || isText(block.thinking)) this.#countModelData()
  }

  #countModelData(): void {
    this.#modelDataCount++
    this.plainEvents.areKnown = !this.#readsEveryDelta
  }

  #sign({ index }: AnthropicEvent): void {
    if (typeof index !== 'number' || !this.#blocks.has(index)) return
    this.#signed ??= new Set()
    this.#message.signed = this.#signed.add(index)
  }

  #stopBlock({ index }: AnthropicEvent): void {
    if (typeof index !== 'number' || !this.#blocks.delete(index)) return
    this.#signed?.delete(index)
    if (this.#blocks.size === 0) this.#enter({ phase: 'open' })
  }

  #stop({ delta, usage }: AnthropicEvent): void {
    this.#countTokens(usage)
    // Without a beginning, or with a block still open, only the upstream's own `message_stop` can end the message: a client
    // would run a tool call that was never closed.
    if (typeof delta?.['stop_reason'] !== 'string' || this.#state.phase !== 'open') return
    this.#enter({ phase: 'stopping', stopReason: wordOf(delta['stop_reason']) })
  }

  #countTokens(usage: Usage | null | undefined): void {
    if (typeof usage?.output_tokens === 'number') this.#message.outputTokens = usage.output_tokens
  }
}

function isDelta(bytes: Uint8Array, start: number, end: number): boolean {
  if (!hasPrefix(bytes, start, end, DELTA_NAME)) return false
  const next = bytes[start + DELTA_NAME.byteLength]
  return next === LF || next === CR
}

function endsInEmptyString(bytes: Uint8Array, start: number, end: number): boolean {
  let last = end - 1
  while (last > start && (bytes[last] === LF || bytes[last] === CR)) last--
  return hasPrefix(bytes, last + 1 - EMPTY_STRING_END.byteLength, end, EMPTY_STRING_END)
}

/** Text, thinking, tool arguments, citations and compactions are model data; an empty delta and a signature are not. */
function hasContent(delta: AnthropicEvent['delta']): boolean {
  if (!isObject(delta) || delta['type'] === 'signature_delta') return false
  return Object.entries(delta).some(([key, value]) => key !== 'type' && value !== '' && value !== null)
}
