import { ask, type Question } from './ask.ts'
import { fine, found, type Finding } from './check.ts'
import { sayDuration } from '../status-page/browser/words.ts'

/** An answer to a GET that takes longer holds up every call. */
const SLOW_MS = 3_000

/** How long it takes until a response head is here. Any status will do: nothing is asked for that needs a key. */
export async function checkHeaders(question: Omit<Question, 'body'>): Promise<Finding> {
  const answer = await ask(question)
  if (answer.kind === 'failed') {
    const { code, afterMs } = answer
    const facts = { code, afterMs: Math.round(afterMs) }
    if (code === 'timeout') {
      const advice = [
        'The server accepts connections but does not answer: look at what stands behind it, and at its queue.',
      ]
      return found(`No answer began within ${sayDuration(question.timeoutMs)}.`, advice, facts)
    }
    const advice = [
      'The connection ended before an answer: check that this is the port of an HTTP server, and its log.',
    ]
    return found(`There was no valid answer (${code}).`, advice, facts)
  }
  const { status, headers, body } = answer
  const headersMs = Math.round(answer.headersMs)
  body.destroy()
  const facts = { status, headersMs, ...(headers.server !== undefined && { server: headers.server }) }
  const sentence = `Status ${status} after ${sayDuration(headersMs)}.`
  if (headersMs > SLOW_MS)
    return found(sentence, ['Every call waits this long first: look at what stands on the path.'], facts)
  if (status >= 500) {
    return found(
      sentence,
      ['Something on the path could not reach the API, or the API fails: look at the log of the last proxy.'],
      facts,
    )
  }
  return fine(sentence, facts)
}
