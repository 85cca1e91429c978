import { ANSWERS } from './answers.ts'
import type { RawResponse } from './raw-client.ts'
import type { Asked, ClientGot } from './row.ts'

/** What a client got, and which part of it is ours. */
export interface ClientView {
  readonly got: ClientGot | { readonly wrong: string }
  /** Everything that we wrote ourselves: the head, an error body, an error event. */
  readonly own: string
}

/** Names what a client got, strictly: an envelope has all of its parts, a cut stream ends with one error event. */
export function readClient(response: RawResponse, asked: Asked): ClientView {
  const { head, body, framing, status } = response
  const answer = ANSWERS[status === 200 ? asked : 'json']
  const type = response.headers.get('content-type')
  if (framing === 'complete' && body.equals(answer.whole)) return { got: 'whole', own: head }
  if (framing === 'cut') return { got: named('incomplete', !answer.whole.indexOf(body), 'a cut of what?'), own: head }
  if (status >= 500) {
    return { got: named('envelope', isEnvelope(response), 'another error'), own: `${head}\r\n\r\n${body.toString()}` }
  }
  if (status !== 200 || type !== answer.type) return { got: { wrong: `a ${status} of ${type}` }, own: head }
  const eventAt = body.lastIndexOf('event: error\n')
  const relayed = body.subarray(0, eventAt === -1 ? body.length : eventAt)
  const event = body.subarray(relayed.length).toString()
  const own = `${head}\r\n\r\n${event}`
  if (relayed.length === 0 || answer.whole.indexOf(relayed) !== 0) return { got: { wrong: 'events of nobody' }, own }
  return { got: named('error-event', isErrorEvent(event), event === '' ? 'a silent cut' : 'another end'), own }
}

function named(name: ClientGot, is: boolean, wrong: string): ClientView['got'] {
  return is ? name : { wrong }
}

interface ErrorBody {
  readonly type: string
  readonly error: { readonly type: string; readonly message: string }
  readonly request_id: string
}

/** An error response of the Messages API, as Anthropic documents it: these fields, and no others. */
function isEnvelope({ headers, body }: RawResponse): boolean {
  return headers.get('content-type') === 'application/json' && isErrorBody(body.toString())
}

function isErrorEvent(event: string): boolean {
  const [, data] = /^event: error\ndata: (.*)\n\n$/.exec(event) ?? []
  return data !== undefined && isErrorBody(data)
}

function isErrorBody(json: string): boolean {
  const { type, error, request_id: id, ...more } = JSON.parse(json) as ErrorBody
  const isWhole = Object.keys(more).length === 0 && Object.keys(error).length === 2
  return (
    isWhole &&
    type === 'error' &&
    error.type.endsWith('_error') &&
    /^The .+\.$/.test(error.message) &&
    id.startsWith('req_')
  )
}
