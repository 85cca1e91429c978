/**
 * A segment that servers take for "here" or "one up". What some of them take for a separator counts as one: a backslash, both
 * slashes when they are escaped, and the `;` of path parameters.
 */
const DOT_SEGMENT = /(?:^|[/\\;]|%2f|%5c)(?:\.|%2e){1,2}(?:[/\\;]|%2f|%5c|$)/i

/** Scheme and authority of an absolute URL. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:[/\\]*[^/\\?]*/i

/**
 * The path and query of a request target. An absolute URL would otherwise choose the host, and dot segments could leave the
 * path of the upstream's URL: both are the operator's to choose. `undefined` if there are dot segments.
 */
export function toOriginForm(target: string): string | undefined {
  const [whole = ''] = target.split('#', 1)
  if (whole.startsWith('/')) return hasDots(whole) ? undefined : whole
  // To parse a URL resolves its dot segments, but not those that only some servers take for such.
  const resolved = partsOf(whole).join('')
  return hasDots(whole.replace(ORIGIN, '')) || hasDots(resolved) ? undefined : resolved
}

function hasDots(pathAndQuery: string): boolean {
  return DOT_SEGMENT.test(pathAndQuery.split('?', 1)[0] ?? '')
}

/** The path of a request target as it may be recorded, whatever it is: without a query, which may hold a key, or credentials. */
export function pathOf(target: string): string {
  if (!target.startsWith('/')) return partsOf(target)[0]
  return target.split(/[?#]/, 1)[0] ?? '/'
}

/** Path and query of a URL. */
function partsOf(target: string): readonly [path: string, query: string] {
  if (!URL.canParse(target)) return ['/', '']
  const { pathname, search } = new URL(target)
  return pathname.startsWith('/') ? [pathname, search] : ['/', '']
}

/** The target without the query parameter that holds a key of Gemini's API; all else stays byte for byte. */
export function withoutKey(target: string): string {
  const at = target.indexOf('?')
  if (at === -1) return target
  const parameters = target.slice(at + 1).split('&')
  const kept = parameters.filter((parameter) => !isKey(parameter))
  if (kept.length === parameters.length) return target
  return kept.length === 0 ? target.slice(0, at) : `${target.slice(0, at)}?${kept.join('&')}`
}

/** Whether the client has put its key there. */
export function hasKey(target: string): boolean {
  return withoutKey(target) !== target
}

function isKey(parameter: string): boolean {
  return new URLSearchParams(parameter).has('key')
}
