/** The head of an HTTP/1.1 message. Header names are lower case; repeated ones stay apart. */
export interface MessageHead {
  readonly startLine: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Outcome of looking for a head at the start of `bytes`. */
export type HeadResult =
  | { readonly kind: 'more' }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'head'; readonly head: MessageHead; readonly rest: Buffer }

/** Far beyond what any target passes on: a head that is too large is for the target to refuse. */
const MAX_HEAD_BYTES = 1024 * 1024

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const NO_VALUE = /[\r\n]/

/** Reads a message head strictly: CRLF, no folding, no space before the colon. The suite's own reader, shared with no target. */
export function parseHead(bytes: Buffer): HeadResult {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return bytes.length > MAX_HEAD_BYTES ? { kind: 'broken', why: 'head over 1 MiB' } : { kind: 'more' }
  const [startLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers: [string, string][] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    if (!TOKEN.test(name) || NO_VALUE.test(line))
      return { kind: 'broken', why: `header line ${JSON.stringify(line.slice(0, 60))}` }
    headers.push([name.toLowerCase(), trimBlanks(line.slice(colon + 1))])
  }
  return { kind: 'head', head: { startLine, headers }, rest: bytes.subarray(end + 4) }
}

/** The first value of a header, undefined when there is none. `name` in lower case. */
export function headerOf(head: MessageHead, name: string): string | undefined {
  return head.headers.find(([key]) => key === name)?.[1]
}

/** Blanks and tabs only, in one pass: a pattern that looks for those at the end takes minutes for a header of 1 MiB of blanks. */
function trimBlanks(text: string): string {
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t'
  let [from, to] = [0, text.length]
  while (from < to && isBlank(from)) from += 1
  while (to > from && isBlank(to - 1)) to -= 1
  return text.slice(from, to)
}
