import { expandTrace, isBodySend, resolveSend, type Dialect, type Trace } from '@stopbit/traces'
import { createParser } from 'eventsource-parser'

/**
 * The model's text in what a trace's upstream sends, in order: what a client has to keep when the stream is cut. Text of whole events
 * alone, of the first answer, of candidate or choice 0; thinking and arguments of tools are not text. Empty for an opaque trace or an
 * answer that is no event stream. `permutation` as in `replay()`; without it of what all permutations send first.
 */
export function partialTextOf(trace: Trace, permutation?: string): string {
  const played =
    permutation === undefined
      ? trace
      : expandTrace(trace).find(({ trace: { id } }) => id === `${trace.id}/${permutation}`)?.trace
  if (played === undefined) throw new RangeError(`permutation must be one of ${trace.id}: ${permutation}`)
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
      return text(at(event, 'choices', '0', 'delta', 'content'))
    case 'openai-responses':
      return at(event, 'type') === 'response.output_text.delta' ? text(at(event, 'delta')) : ''
    case 'gemini':
      return geminiText(at(event, 'candidates', '0', 'content', 'parts'))
    case 'opaque':
      return ''
    default:
      return dialect satisfies never
  }
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
