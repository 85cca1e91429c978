import type { Dispatcher } from 'undici'
import { errorCode, poolError } from './pool-error.ts'

/**
 * Header names and values alternate, as they came. Over HTTP/1.1 undici gives them so; over HTTP/2 as node:http2's object,
 * whose pseudo headers are the protocol's and not the response's.
 */
export function toHeaderList(rawHeaders: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (Array.isArray(rawHeaders)) {
    return rawHeaders.map((field) => (typeof field === 'string' ? field : field.toString('latin1')))
  }
  const list: string[] = []
  for (const [name, value] of Object.entries(rawHeaders ?? {})) {
    if (name.startsWith(':') || value === undefined) continue
    for (const single of Array.isArray(value) ? value : [value]) list.push(name, single)
  }
  return list
}

/**
 * undici tells a response that it will not have, an unasked 101 or 100, from a connection that broke by these two texts alone.
 */
export function toResponseError(error: Error): Error {
  if (errorCode(error) !== 'UND_ERR_SOCKET') return error
  if (error.message === 'bad upgrade') return poolError('UnrequestedUpgrade', 'The response switches protocols', error)
  if (error.message === 'bad response')
    return poolError('Malformed_HTTP_Response', 'The response was not asked for', error)
  return error
}
