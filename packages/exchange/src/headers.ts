import type { Fault } from '@stopbit/faults'
import type { Dialect } from '@stopbit/sse'
import { hasKey } from './request-target.ts'
import type { HeaderList } from './sink.ts'

/** Headers of one hop, never passed on. Source: RFC 9110 §7.6.1, and the fields that older peers still send. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Request headers that the transport sets itself, or that would make the upstream code the body. */
const SET_BY_TRANSPORT = new Set(['host', 'expect', 'accept-encoding'])

/** Where clients put an API key. All of them go when the proxy has a key of its own. */
const CREDENTIALS = new Set(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'])

/** The value of the first header of that name (lower case). */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (isNamed(headers[i], name)) return headers[i + 1]
  return undefined
}

/** Lengths first: a request is searched for half a dozen names, and to write each of its own in lower case costs most of that. */
function isNamed(field: string | undefined, name: string): boolean {
  return field?.length === name.length && field.toLowerCase() === name
}

/**
 * The headers of the request upstream: end-to-end ones as the client sent them, a body asked for as `identity`, since a
 * closing can only follow an uncoded body, and the proxy's own key in place of the client's if it has one.
 */
export function toUpstreamHeaders(
  { headers, target }: { readonly headers: HeaderList; readonly target: string },
  dialect: Dialect,
  credential: string | undefined,
): string[] {
  const kept = keepEndToEnd(headers, (name) => {
    if (SET_BY_TRANSPORT.has(name) || name.startsWith('x-stopbit-')) return false
    return credential === undefined || !CREDENTIALS.has(name)
  })
  kept.push('accept-encoding', 'identity')
  if (credential !== undefined) {
    const byUse = hasKey(target) ? ['x-goog-api-key', credential] : dialect.credentialHeaders(credential)
    kept.push(...(credentialHeaders(headers, credential) ?? byUse))
  }
  return kept
}

/** The key goes where the client put its own: it knows what its API takes on this path. */
function credentialHeaders(headers: HeaderList, credential: string): readonly string[] | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase() ?? ''
    if (name === 'authorization') return [name, `Bearer ${credential}`]
    if (CREDENTIALS.has(name)) return [name, credential]
  }
  return undefined
}

/** The headers of a response whose body is relayed: end-to-end ones as the upstream sent them. */
export function toDownstreamHeaders(headers: HeaderList): string[] {
  return keepEndToEnd(headers, () => true)
}

/**
 * The headers of an event stream: no length, since a closing may follow, and no cache or buffer on the way.
 * `no-transform` also keeps compressing middleware off, which would hold events back.
 */
export function toEventStreamHeaders(headers: HeaderList): string[] {
  const ours = new Set(['content-length', 'cache-control', 'x-accel-buffering'])
  const kept = keepEndToEnd(headers, (name) => !ours.has(name))
  kept.push('cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no')
  return kept
}

/** The headers of a JSON body that is whole: with the length that was counted. */
export function toWholeBodyHeaders(headers: HeaderList, byteLength: number): string[] {
  const kept = keepEndToEnd(headers, (name) => name !== 'content-length')
  kept.push('content-length', String(byteLength))
  return kept
}

/** What an upstream's error response says beside its body: `retry-after`, limits, ids. `ours` are set anyway. */
export function toErrorHeaders(headers: HeaderList, ours: HeaderList): string[] {
  const replaced = new Set(['content-type', 'content-length', 'content-encoding', 'etag', 'last-modified'])
  for (let i = 0; i < ours.length; i += 2) replaced.add(ours[i]?.toLowerCase() ?? '')
  return keepEndToEnd(headers, (name) => !replaced.has(name))
}

/** RFC 9209, with the error word and nothing else: any other parameter could tell where the upstream is. */
export function proxyStatusHeader({ proxyStatus }: Fault): HeaderList {
  return proxyStatus === 'none' ? [] : ['proxy-status', `stopbit; error=${proxyStatus}`]
}

function keepEndToEnd(headers: HeaderList, keeps: (name: string) => boolean): string[] {
  const named = connectionNamed(headers)
  const kept: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const lowerCase = name.toLowerCase()
    if (HOP_BY_HOP.has(lowerCase) || named?.has(lowerCase) === true || !keeps(lowerCase)) continue
    kept.push(name, headers[i + 1] ?? '')
  }
  return kept
}

/** Fields that a `Connection` header declares to be of this hop only. */
function connectionNamed(headers: HeaderList): Set<string> | undefined {
  let named: Set<string> | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (!isNamed(headers[i], 'connection')) continue
    named ??= new Set()
    for (const token of headers[i + 1]?.split(',') ?? []) named.add(token.trim().toLowerCase())
  }
  return named
}
