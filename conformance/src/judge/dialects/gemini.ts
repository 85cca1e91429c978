import type { DialectRules, EventMeaning, StreamEvent } from '../dialect.ts'
import { elements, field, fieldAt, indexAt, isText } from '../json-field.ts'

/** Gemini `streamGenerateContent`, `alt=sse` and the array of JSON. Source: Google's API documentation, and `@google/genai` 2.32. */
export const gemini: DialectRules = {
  meaningsOf,
  isHeartbeat: () => false,
  isSentinel: () => false, // there is none: the end of the response ends the stream
  isStopped: (events, asked) => meaningsOf(events, asked).includes('success-terminal'),
  isOneEnding: () => false,
  goesOnAfterTerminal: true, // usage may follow the finish reason
  failureStatuses: [500, 502, 503, 504],
  isErrorBody: (body) => isError(Array.isArray(body) ? (body as unknown[]).at(-1) : body),
  openToolCalls: (events) => {
    const open = new Set<string>()
    for (const candidate of events.flatMap(candidatesOf)) {
      for (const call of functionCallsOf(candidate)) {
        if (field(call, 'willContinue') === true) open.add(indexAt(candidate))
        else open.delete(indexAt(candidate))
      }
    }
    return [...open]
  },
  changesToolCall: (event, open) => {
    for (const candidate of candidatesOf(event).filter((one) => open.includes(indexAt(one)))) {
      const calls = functionCallsOf(candidate)
      if (calls.length > 0) return calls.some((call) => field(call, 'willContinue') === true) ? 'continued' : 'closed'
      if (isFinished(candidate)) return 'closed'
    }
    return undefined
  },
  hasModelData: (event) =>
    candidatesOf(event).some((candidate) =>
      elements(fieldAt(candidate, 'content', 'parts')).some(
        (part) => isText(field(part, 'text')) || field(part, 'functionCall') !== undefined,
      ),
    ),
  grammarProblem,
}

/** The chunk with which the last of the candidates that were asked for finishes is the terminal one. */
function meaningsOf(events: readonly StreamEvent[], asked: number): readonly EventMeaning[] {
  const finished = new Set<string>()
  let done = false
  return events.map((event): EventMeaning => {
    if (isErrorEvent(event)) return 'error-terminal'
    if (isText(fieldAt(event.data, 'promptFeedback', 'blockReason')) && !done) {
      done = true
      return 'success-terminal'
    }
    const newly = candidatesOf(event).filter((candidate) => isFinished(candidate) && !finished.has(indexAt(candidate)))
    if (newly.length === 0) return 'other'
    for (const candidate of newly) finished.add(indexAt(candidate))
    if (finished.size < asked || done) return 'stop-reason'
    done = true
    return 'success-terminal'
  })
}

function grammarProblem(events: readonly StreamEvent[]): string | undefined {
  const finished = new Set<string>()
  for (const event of events) {
    if (event.name !== 'message') return `"event: ${event.name}", which is never read`
    if (isErrorEvent(event)) {
      if (!isError(event.data)) return `an error without a numeric code: ${event.text.slice(0, 80)}`
      continue
    }
    if (!KNOWN_KEYS.some((key) => field(event.data, key) !== undefined))
      return `no response: ${event.text.slice(0, 80)}`
    for (const candidate of candidatesOf(event)) {
      const late = finished.has(indexAt(candidate)) && elements(fieldAt(candidate, 'content', 'parts')).length > 0
      if (late) return `candidate ${indexAt(candidate)} goes on after its end`
      if (isFinished(candidate)) finished.add(indexAt(candidate))
    }
  }
  return undefined
}

const KNOWN_KEYS = ['candidates', 'promptFeedback', 'usageMetadata', 'responseId', 'modelVersion']

function isErrorEvent({ data }: StreamEvent): boolean {
  return Boolean(field(data, 'error'))
}

function isError(body: unknown): boolean {
  return typeof fieldAt(body, 'error', 'code') === 'number' && isText(fieldAt(body, 'error', 'message'))
}

function candidatesOf({ data }: StreamEvent): readonly unknown[] {
  return elements(field(data, 'candidates'))
}

/** `CONTINUATION` is not final: the client connects again for the rest. */
function isFinished(candidate: unknown): boolean {
  const reason = field(candidate, 'finishReason')
  return isText(reason) && reason !== 'CONTINUATION' && reason !== 'FINISH_REASON_UNSPECIFIED'
}

function functionCallsOf(candidate: unknown): readonly unknown[] {
  return elements(fieldAt(candidate, 'content', 'parts')).flatMap((part) => field(part, 'functionCall') ?? [])
}
