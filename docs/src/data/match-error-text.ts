import { readRaised } from './error-text.ts'

/**
 * Whether a row fits what somebody typed or pasted: a part of a text, or a whole line that has a text in it. Case, quotes,
 * spaces and what a program puts in front ("API Error: ") do not count, and an address fits ADDR.
 */
export function matchesQuery(raised: string, query: string): boolean {
  const wanted = plain(query)
  const said = plain(raised)
  if (said.includes(wanted)) return true
  const core = withoutFront(wanted)
  if (core.length >= MIN_PASTED && said.includes(core)) return true
  // A whole line was pasted: the innermost text is the one that says most.
  const text = withoutFront(readRaised(raised).at(-1)?.text ?? '')
  const pieces = text.split(/ADDR|xxxx|…/).map((piece) => plain(piece))
  return pieces.join('').length >= MIN_PASTED && pieces.every((piece) => wanted.includes(piece))
}

/** Shorter texts ("terminated" among them) are in too many lines for which they are not meant. */
const MIN_PASTED = 11

/** What programs put before the text of another: `API Error: `, `ECONNRESET: `. */
function withoutFront(text: string): string {
  return text.replace(/^[\w ]{1,40}: /, '')
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[`'"“”‘’]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
