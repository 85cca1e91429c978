import { STATUS_CODES } from 'node:http'
import { IdFiller } from './fill-ids.ts'

/** The headers that may stay, and what they may say. */
const ALLOWED: ReadonlyMap<string, RegExp> = new Map([
  ['content-type', /^[\w.+-]{1,40}\/[\w.+-]{1,60}(?:;\s*charset="?[\w-]{1,20}"?)?$/i],
  ['content-length', /^\d{1,15}$/],
  ['content-encoding', /^(?:(?:x-gzip|gzip|deflate|br|zstd|identity)(?:,\s*|$))+$/i],
  ['transfer-encoding', /^(?:(?:chunked|gzip|deflate|identity)(?:,\s*|$))+$/i],
  ['connection', /^(?:keep-alive|close|upgrade)$/i],
  ['keep-alive', /^(?:(?:timeout|max)=\d{1,6}(?:,\s*|$))+$/i],
  [
    'cache-control',
    /^(?:(?:no-cache|no-store|no-transform|private|public|must-revalidate|max-age=\d{1,9})(?:,\s*|$))+$/i,
  ],
  ['retry-after', /^\d{1,9}$/],
  ['x-accel-buffering', /^(?:yes|no)$/i],
  ['x-should-retry', /^(?:true|false)$/i],
])
/** No value that may stay is longer, and a pattern may take its time over a line of blanks. */
const MAX_LINE = 256
const ID_HEADERS = new Set(['request-id', 'x-request-id', 'x-client-request-id'])

/** The lines of a response head that may be kept; the start line loses a reason that is not the standard's. */
export function redactHead([startLine = '', ...fields]: readonly string[]): string[] {
  const ids = new IdFiller()
  const kept = fields.flatMap((line) => {
    if (line.length > MAX_LINE) return []
    const [, name = '', gap = '', value = ''] = /^([^:]+)(:[ \t]*)(.*?)[ \t]*$/.exec(line) ?? []
    if (ID_HEADERS.has(name.toLowerCase()) && /^[\w.:-]{1,128}$/.test(value)) return [name + gap + ids.fill(value)]
    return ALLOWED.get(name.toLowerCase())?.test(value) === true ? [name + gap + value] : []
  })
  return [redactStartLine(startLine), ...kept]
}

function redactStartLine(line: string): string {
  const [, version = 'HTTP/1.1', status = '500', reason = ''] = /^(HTTP\/1\.[01]) (\d{3})(?: (.*))?$/.exec(line) ?? []
  return `${version} ${status} ${reason === STATUS_CODES[status] ? reason : ''}`
}
