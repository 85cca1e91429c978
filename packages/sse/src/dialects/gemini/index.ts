import type { EventFields } from '../../framing/read-event.ts'
import type { Dialect, Framing } from '../dialect.ts'
import { parseObject } from '../json.ts'
import { wordOf, toFailure } from '../upstream-error.ts'
import type { GeminiChunk } from './chunk.ts'
import { close, heartbeat } from './closing.ts'
import { answeredError, errorResponse } from './error-shape.ts'
import { GeminiScanner, type GeminiState } from './scan.ts'

/** `models/{model}:streamGenerateContent`, and its sibling that answers at once, on the Gemini API and on Vertex AI. */
const METHOD = /(?::|%3A)(?:streamGenerateContent|generateContent)(?:\?|$)/i
const STREAM_METHOD = /(?::|%3A)streamGenerateContent(?:\?|$)/i
const ALT_SSE = /[?&](?:\$|%24)?alt=sse(?:&|$)/i

/**
 * Gemini: `POST …:streamGenerateContent`. Unnamed events with `?alt=sse`, else one JSON array that is delivered element by
 * element. There is no terminal event: the finish reasons end the answer, and usage may follow them.
 */
export const gemini: Dialect<GeminiState> = {
  id: 'gemini',
  completeWith: 'stop-reasons',
  matches: (method, target) => method === 'POST' && METHOD.test(target),
  recognizes,
  asksForStream: (target) => STREAM_METHOD.test(target),
  framingOf,
  credentialHeaders: (credential) => ['x-goog-api-key', credential],
  isReplayable: ({ prompt, isStateful, usesServerTools }) =>
    prompt === 'contents' && isStateful !== true && usesServerTools !== true,
  createScanner: (request, framing) => new GeminiScanner(request, framing),
  failedState(answer, framing = 'event-stream') {
    const error = answeredError(answer)
    const unsent = new GeminiScanner({}, framing).state
    return { ...unsent, ...toFailure(answer.data, { error }, wordOf(error.status)) }
  },
  close,
  heartbeat,
  errorResponse,
}

function recognizes({ name, data }: EventFields): boolean {
  if (name !== '') return false
  const chunk: GeminiChunk | undefined = parseObject(data)
  if (chunk === undefined) return false
  return Array.isArray(chunk.candidates) || isObject(chunk.promptFeedback) || isObject(chunk.usageMetadata)
}

function framingOf(mediaType: string, target: string): Framing | undefined {
  if (mediaType === 'text/event-stream') return 'event-stream'
  const isArray = mediaType === 'application/json' && STREAM_METHOD.test(target) && !ALT_SSE.test(target)
  return isArray ? 'json-array' : undefined
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
