import { isBodySend, resolveSend, type Dialect, type Trace } from '@stopbit/traces'
import { createParser } from 'eventsource-parser'
import { findPermutation } from './find-permutation.ts'

/**
 * The model's text in what a trace's upstream sends, in order: what a client has to keep when the stream is cut. Text of whole events
 * alone, of the first answer, of candidate or choice 0; thinking and arguments of tools are not text. Empty for an opaque trace or an
 * answer that is no event stream. `permutation` as in `replay()`; without it of what all permutations send first. A trace that is cut at
 * every byte, such as `anthropic/every-byte-rst`, needs it: each of its permutations sends another part.
 *
 * Throws a `RangeError` for a permutation that there is not, and for one that is left out where it is needed.
 */
export function partialTextOf(trace: Trace, permutation?: string): string {
  const isShared = permutation === undefined && trace.cuts === undefined
  const played = isShared ? trace : findPermutation(trace, permutation)
  const texts: string[] = []
  const parser = createParser({ onEvent: ({ data }) => texts.push(textOfEvent(played.dialect, data)) })
  const decoder = new TextDecoder()
  let requests = 0
  for (const step of played.upstream.connections[0]?.script ?? []) {
    if (step.do === 'read-request') requests += 1
    if (requests > 1) break
    if (isBodySend(step)) parser.feed(decoder.decode(resolveSend(step).payload, { stream: true }))
  }
  return texts.join('')
}

function textOfEvent(dialect: Dialect, data: string): string {
  const event = parseJson(data)
  switch (dialect) {
    case 'anthropic-messages':
      return at(event, 'delta', 'type') === 'text_delta' ? text(at(event, 'delta', 'text')) : ''
    case 'openai-chat':
      return text(at(first(at(event, 'choices')), 'delta', 'content'))
    case 'openai-responses':
      return at(event, 'type') === 'response.output_text.delta' ? text(at(event, 'delta')) : ''
    case 'gemini':
      return geminiText(at(first(at(event, 'candidates')), 'content', 'parts'))
    case 'opaque':
      return ''
    default:
      return dialect satisfies never
  }
}

/** The choice or candidate whose index is 0. Its place says nothing: an event may hold another one alone. Gemini leaves a 0 out. */
function first(answers: unknown): unknown {
  if (!Array.isArray(answers)) return undefined
  return answers.find((answer: unknown) => (at(answer, 'index') ?? 0) === 0)
}

function geminiText(parts: unknown): string {
  if (!Array.isArray(parts)) return ''
  return parts.map((part: unknown) => (at(part, 'thought') === true ? '' : text(at(part, 'text')))).join('')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const key of path) here = typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined
  return here
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined // `[DONE]`, and what a trace breaks on purpose
  }
}
