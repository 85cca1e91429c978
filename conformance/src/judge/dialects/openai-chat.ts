import type { DialectRules, EventMeaning, StreamEvent } from '../dialect.ts'
import { elements, field, fieldAt, indexAt, isText } from '../json-field.ts'

/** OpenAI Chat Completions, and what speaks like it. Source: OpenAI's API documentation, and `openai` 6.49. */
export const openaiChat: DialectRules = {
  meaningsOf: (events) => events.map(meaningOf),
  isHeartbeat: () => false,
  isSentinel: ({ text }) => text === '[DONE]',
  isStopped,
  // OpenRouter's error stands inside an ordinary chunk, where not every client looks: a plain one may follow.
  isOneEnding: (first, next) => isErrorChunk(first) && isErrorChunk(next) && field(first.data, 'choices') !== undefined,
  goesOnAfterTerminal: false,
  failureStatuses: [500, 502, 503, 504],
  isErrorBody: (body) => isText(fieldAt(body, 'error', 'message')),
  openToolCalls: (events) => {
    const open = new Set<string>()
    for (const choice of events.flatMap(choicesOf)) {
      for (const call of toolCallsOf(choice)) open.add(placeOf(choice, call))
      if (isFinished(choice)) for (const place of open) if (place.startsWith(`${indexAt(choice)}/`)) open.delete(place)
    }
    return [...open]
  },
  changesToolCall: (event, open) => {
    for (const choice of choicesOf(event)) {
      if (toolCallsOf(choice).some((call) => open.includes(placeOf(choice, call)))) return 'continued'
      if (isFinished(choice) && open.some((place) => place.startsWith(`${indexAt(choice)}/`))) return 'closed'
    }
    return undefined
  },
  hasModelData: (event) =>
    choicesOf(event).some(
      (choice) => TEXTS.some((key) => isText(fieldAt(choice, 'delta', key))) || toolCallsOf(choice).length > 0,
    ),
  grammarProblem,
}

/** Where a delta has text; `reasoning` is OpenRouter's, `reasoning_content` DeepSeek's and vLLM's. */
const TEXTS = ['content', 'refusal', 'reasoning', 'reasoning_content']

function meaningOf(event: StreamEvent): EventMeaning {
  if (event.text === '[DONE]') return 'success-terminal'
  if (isErrorChunk(event)) return 'error-terminal'
  return choicesOf(event).some(isFinished) ? 'stop-reason' : 'other'
}

/** Choices are told apart by their index, and each needs a reason of its own. */
function isStopped(events: readonly StreamEvent[], asked: number): boolean {
  const choices = events.flatMap(choicesOf)
  const finished = new Set(choices.filter(isFinished).map(indexAt))
  return finished.size >= asked && choices.every((choice) => finished.has(indexAt(choice)))
}

function grammarProblem(events: readonly StreamEvent[]): string | undefined {
  const finished = new Set<string>()
  const named = new Set<string>()
  for (const event of events) {
    if (event.text === '[DONE]' || isErrorChunk(event)) continue
    if (!Array.isArray(field(event.data, 'choices'))) return `neither a chunk nor an error: ${event.text.slice(0, 80)}`
    for (const choice of choicesOf(event)) {
      if (finished.has(indexAt(choice)) && hasContent(choice)) return `choice ${indexAt(choice)} goes on after its end`
      for (const call of toolCallsOf(choice)) {
        const place = placeOf(choice, call)
        if (!named.has(place) && !isText(fieldAt(call, 'function', 'name'))) return `tool call ${place} has no name`
        named.add(place)
      }
      if (isFinished(choice)) finished.add(indexAt(choice))
    }
  }
  return undefined
}

function hasContent(choice: unknown): boolean {
  return isText(fieldAt(choice, 'delta', 'content')) || toolCallsOf(choice).length > 0
}

function isErrorChunk({ data }: StreamEvent): boolean {
  return Boolean(field(data, 'error'))
}

function choicesOf({ data }: StreamEvent): readonly unknown[] {
  return elements(field(data, 'choices'))
}

function toolCallsOf(choice: unknown): readonly unknown[] {
  return elements(fieldAt(choice, 'delta', 'tool_calls'))
}

function isFinished(choice: unknown): boolean {
  return isText(field(choice, 'finish_reason'))
}

function placeOf(choice: unknown, call: unknown): string {
  return `${indexAt(choice)}/${indexAt(call)}`
}
