/**
 * What stands around the text in a chunk that is one part of text of the first candidate and nothing else, in the field
 * orders of the Gemini API and of Vertex AI. All of a candidate's other fields would stand between its content and its end.
 */
const BEFORE_TEXT =
  /\{\s*"candidates"\s*:\s*\[\s*\{\s*"content"\s*:\s*\{\s*(?:"role"\s*:\s*"model"\s*,\s*)?"parts"\s*:\s*\[\s*\{\s*"text"\s*:\s*"/
const BEFORE_EVENT_TEXT = new RegExp(`data: ?${BEFORE_TEXT.source}`, 'y')
const BEFORE_ELEMENT_TEXT = new RegExp(BEFORE_TEXT.source, 'y')
const BEHIND_TEXT = /\s*\}\s*\]\s*(?:,\s*"role"\s*:\s*"model"\s*)?\}\s*(?:,\s*"index"\s*:\s*0\s*)?\}\s*\]\s*[,}]/
const BEHIND_ANSWER = new RegExp(`"${BEHIND_TEXT.source}`, 'y')
const BEHIND_THOUGHT = new RegExp(`"\\s*,\\s*"thought"\\s*:\\s*true${BEHIND_TEXT.source}`, 'y')
/** A second line makes an event more than its data. */
const SECOND_LINE = /[\r\n][^\r\n]/

/**
 * Whether a unit is one more piece of text, of the given kind, of the first candidate, and nothing else. Looks at the outline
 * of the chunk instead of parsing it; what it does not know for sure, it leaves to the parser.
 */
export function isPlainText(unit: string, kind: 'answer' | 'thought', isEvent: boolean): boolean {
  const textStart = isEvent
    ? endOfMatch(BEFORE_EVENT_TEXT, unit, 0)
    : endOfMatch(BEFORE_ELEMENT_TEXT, unit, startOfElement(unit))
  if (textStart === -1 || unit[textStart] === '"') return false
  const textEnd = endOfString(unit, textStart)
  const rest = endOfMatch(kind === 'answer' ? BEHIND_ANSWER : BEHIND_THOUGHT, unit, textEnd)
  if (rest === -1 || unit.includes('"error"', rest)) return false
  return !isEvent || !SECOND_LINE.test(unit)
}

/** Behind white space and one comma. By hand, as a pattern for both would try every way to share the white space out. */
function startOfElement(unit: string): number {
  const start = skipSpace(unit, 0)
  return unit[start] === ',' ? skipSpace(unit, start + 1) : start
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return at
}

function endOfMatch(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at
  return sticky.test(text) ? sticky.lastIndex : -1
}

/** Where the quote of a JSON string is that goes on at `from`: the next one behind an even number of backslashes. */
function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from)
  for (; quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote
  }
  return text.length
}
