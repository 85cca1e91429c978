import { legalText } from '../plain-text.ts'

/** Text that is markup already. Only `markup` and `trusted` make it. */
export interface Markup {
  readonly source: string
}

type Piece = string | number | Markup | readonly Markup[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** The fixed parts of each template of the source, without the line breaks that are there for its reader. */
const compacted = new WeakMap<TemplateStringsArray, readonly string[]>()

/** A template of HTML or SVG: what is put in is text, and escaped, unless it is markup itself. Line breaks between tags go. */
export function markup(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  const parts = compacted.get(strings) ?? strings.map(compact)
  compacted.set(strings, parts)
  return { source: parts.reduce((whole, part, index) => whole + write(pieces[index - 1]) + part) }
}

/** Markup of our own that has nothing of a target in it, such as a style sheet. */
export function trusted(source: string): Markup {
  return { source }
}

/** Indented line breaks: nothing between tags, else a blank. */
function compact(part: string): string {
  return part.replaceAll(/(^|.)\s*\n\s*(?=(.|$))/g, (_, before: string, after: string) =>
    (before === '' || before === '>') && (after === '' || after === '<') ? before : `${before} `,
  )
}

function write(piece: Piece | undefined): string {
  if (piece === undefined) return ''
  if (typeof piece === 'number') return String(Math.round(piece * 10) / 10)
  if (typeof piece === 'string') return escapeHtml(piece)
  return 'source' in piece ? piece.source : piece.map(write).join('')
}

function escapeHtml(text: string): string {
  return legalText(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
