import type { PlannedHead } from './planned-answer.ts'

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?$/
const FIELD = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/

/** A response head as the wire has it. `open`: its blank line has not come; `broken`: it is no HTTP that a client reads. */
export type ParsedHead =
  | { readonly kind: 'open' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'head'; readonly head: Omit<PlannedHead, 'after'> }

/** Reads a head from its text. Never throws. */
export function parseHead(text: string): ParsedHead {
  if (!text.endsWith('\r\n\r\n')) return { kind: 'open' }
  const [statusLine = '', ...lines] = text.slice(0, -4).split('\r\n')
  const status = STATUS_LINE.exec(statusLine)
  const headers: (readonly [string, string])[] = []
  for (const line of lines) {
    const field = FIELD.exec(line)
    if (field === null) return { kind: 'broken' }
    headers.push([field[1] ?? '', field[2] ?? ''])
  }
  if (status === null) return { kind: 'broken' }
  return { kind: 'head', head: { status: Number(status[1]), statusText: status[2] ?? '', headers } }
}

/** How the end of a body is told by its head. Over HTTP/2 it is always told, as it is in chunks. */
export type BodyFraming =
  | { readonly kind: 'none' | 'chunked' | 'until-close' }
  | { readonly kind: 'length'; readonly bytes: number }

/** The framing that a head announces. */
export function framingOf({ status, headers }: Omit<PlannedHead, 'after'>, http: '1.1' | '2'): BodyFraming {
  const valueOf = (name: string): string | undefined => headers.find(([own]) => own.toLowerCase() === name)?.[1]
  if (status === 204 || status === 205 || status === 304) return { kind: 'none' }
  if (http === '2' || /\bchunked$/i.test(valueOf('transfer-encoding') ?? '')) return { kind: 'chunked' }
  const length = valueOf('content-length')
  return length === undefined ? { kind: 'until-close' } : { kind: 'length', bytes: Number(length) }
}
