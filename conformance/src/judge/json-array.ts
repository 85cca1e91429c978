import type { DialectRules } from './dialect.ts'
import { elements, parseJson } from './json-field.ts'

/**
 * What a target made of the end of a stream that comes as one JSON array: an error as its last element, or only the bracket that
 * was missing behind an answer whose end the upstream had told. `invented`: the bracket, where the upstream had not. Undefined when
 * the upstream's array was whole, or is none, or when its elements are not the client's.
 */
export function arrayEnding(
  sent: Buffer,
  body: Buffer,
  { rules, asked }: { readonly rules: DialectRules; readonly asked: number },
): 'error' | 'bracket' | 'invented' | undefined {
  if (parseJson(sent.toString('utf8')) !== undefined) return undefined
  const begun = wholeElements(sent.toString('utf8'))
  const seen = parseJson(body.toString('utf8'))
  if (begun === undefined || !Array.isArray(seen)) return undefined
  const kept = elements(seen).slice(0, begun.length)
  if (JSON.stringify(kept) !== JSON.stringify(begun)) return undefined
  const added = elements(seen).slice(begun.length)
  if (added.length === 1 && rules.isErrorBody(added[0])) return 'error'
  if (added.length > 0) return undefined
  const events = begun.map((data) => ({ name: 'message', text: JSON.stringify(data), data }))
  return rules.isStopped(events, asked) ? 'bracket' : 'invented'
}

/** The elements of a JSON array that is cut somewhere, as far as they are whole. */
function wholeElements(text: string): readonly unknown[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined
  for (let end = text.lastIndexOf('}'); end >= 0; end = text.lastIndexOf('}', end - 1)) {
    const parsed = parseJson(`${text.slice(0, end + 1)}]`)
    if (Array.isArray(parsed)) return elements(parsed)
    if (end === 0) break
  }
  return []
}
