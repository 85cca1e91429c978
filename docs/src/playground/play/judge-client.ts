import type { Dialect } from '@stopbit/traces'
import { readAnswer, type AnswerReading } from './read-answer.ts'
import type { ClientAnswer } from './timeline.ts'

/**
 * What an exchange came to for its client, by nothing but the bytes that the client has.
 *
 * - `complete`: the upstream's own end, in a whole response.
 * - `sentinel`: only the sentinel was added, after every stop reason.
 * - `error-told`: the failure is said, in band or as a status, in a whole response.
 * - `truncation-told`: a graceful end whose stop reason says truncation.
 * - `raw-text`: an error of the runtime in place of the API's.
 * - `pretended`: cut, and passed off as whole.
 * - `cut`: the connection was lost. `left-open-framing`: the same where the body cannot carry an error.
 * - `hangs`: still open.
 * - `client-left`: by its own will.
 */
export type ClientVerdict =
  | 'complete'
  | 'sentinel'
  | 'error-told'
  | 'truncation-told'
  | 'raw-text'
  | 'pretended'
  | 'cut'
  | 'left-open-framing'
  | 'hangs'
  | 'client-left'

/** Whether a client can live with it. */
export function isTruthful(verdict: ClientVerdict): boolean {
  return !BAD.includes(verdict)
}

const BAD: readonly ClientVerdict[] = ['raw-text', 'pretended', 'cut', 'hangs']

/** Every verdict as a sentence about the client. */
export const VERDICT_TEXTS: { readonly [verdict in ClientVerdict]: string } = {
  complete: 'The client has the whole answer, byte for byte.',
  sentinel: 'The client has the whole answer. Only the end mark was missing, and it was added.',
  'error-told': 'The client is told of the failure in the words of its API, and the response is whole.',
  'truncation-told': 'The response ends in good order, and its stop reason says that it was cut short.',
  'raw-text': "The client gets an error of the proxy's runtime in place of its API's error.",
  pretended: 'The response looks whole, but the answer is cut. Nothing tells the client.',
  cut: "The client's connection is lost in the middle of the response. Its runtime raises a raw socket error.",
  'left-open-framing':
    'The body cannot carry an error, so the HTTP framing is left incomplete. The client sees that it is cut.',
  hangs: 'The client still waits. Nothing will end this response but its own time-out.',
  'client-left': 'The client left by itself.',
}

/** Judges what a client of a dialect got. */
export function judgeClient(dialect: Dialect, answer: ClientAnswer): ClientVerdict {
  const { end, status } = answer
  if (end === 'gone') return 'client-left'
  if (end === 'hangs') return 'hangs'
  if (end === 'cut') return dialect === 'opaque' ? 'left-open-framing' : 'cut'
  if (status !== undefined && status >= 400) return isJson(textOf(answer.parts)) ? 'error-told' : 'raw-text'
  return judgeWhole(dialect, answer)
}

function judgeWhole(dialect: Dialect, { parts, contentType }: ClientAnswer): ClientVerdict {
  const all = textOf(parts)
  const isStream = /event-stream/i.test(contentType) || all.trimStart().startsWith('[')
  if (!isStream && dialect !== 'opaque') {
    if (!isJson(all)) return 'pretended'
    return readAnswer(`data: ${all.replaceAll(/[\r\n]/g, ' ')}`).isError ? 'error-told' : 'complete'
  }
  const sent = readAnswer(textOf(parts.filter(({ origin }) => origin === 'upstream')))
  return judgeStream(dialect, readAnswer(all), sent)
}

/** `got`: all that the client has. `sent`: the part of it that is the upstream's own. */
function judgeStream(dialect: Dialect, got: AnswerReading, sent: AnswerReading): ClientVerdict {
  if (got.isError) return 'error-told'
  if (dialect === 'opaque') return 'complete' // whatever ends in good order is whole there
  if (sent.isTerminated) return 'complete'
  if (!got.isTerminated) return 'pretended'
  if (sent.isStopped) return 'sentinel'
  return got.isTruncation ? 'truncation-told' : 'pretended'
}

function textOf(parts: ClientAnswer['parts']): string {
  const decoder = new TextDecoder()
  return parts.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join('')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
