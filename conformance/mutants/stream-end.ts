import type { ServerResponse } from 'node:http'
import type { ProxyDialect } from './dialects.ts'
import { is } from './settings.ts'
import { parseObject, type StreamState } from './stream-state.ts'

/** What is known of a stream at its end. `failure` is undefined where the upstream ended its response in good order. */
interface StreamEnd {
  readonly dialect: ProxyDialect
  readonly state: StreamState
  readonly failure: Error | undefined
}

const LOST = 'The upstream connection was lost before the answer was complete.'

/** The end of a stream whose upstream has ended, one way or another. */
export function endStream(response: ServerResponse, end: StreamEnd): void {
  const { dialect, state, failure } = end
  const say = (text: string): void => void response.end(text.replaceAll('\n', state.lineEnd), 'utf8')
  const error = dialect.error(state, LOST)
  if (state.terminal) return say(is('comment-after-terminal') ? ': bye\n\n' : '')
  const sentinel = dialect.sentinel(state)
  if (sentinel !== undefined) return say(is('sentinel-left-out') ? '' : sentinel)
  if (is('eof-is-success') && failure === undefined) return say('')
  if (is('exit-on-error')) process.exit(1)
  if (is('destroy-after-headers')) return void response.destroy(failure)
  if (is('bare-end')) return say('')
  if (is('swallow-error')) return
  if (is('end-late')) return void setTimeout(() => say(error), 9_000)
  if (is('error-left-open')) return void response.write(error)
  if (is('event-repeated')) response.write(state.lastEvent, 'latin1')
  if (is('comment-after-error')) return say(`${error}: bye\n\n`)
  if (is('error-twice')) return say(error + dialect.error(state, LOST))
  if (is('error-then-destroy')) return void response.write(error, () => response.destroy())
  if (is('error-text-leaked')) return say(dialect.error(state, failure?.message ?? 'socket hang up'))
  return say(lieOf(end) ?? error)
}

/** What a mutant says instead of the error. */
function lieOf({ dialect, state }: StreamEnd): string | undefined {
  const { lies } = dialect
  if (is('success-invented')) return lies.success(state)
  if (is('error-then-success')) return dialect.error(state, LOST) + lies.success(state)
  if (is('error-as-words')) return lies.words(state) + dialect.error(state, LOST)
  if (is('grammar-broken')) return lies.brokenGrammar(state) + dialect.error(state, LOST)
  if (state.tool === undefined) return undefined
  const isWhole = parseObject(state.toolJson) !== undefined
  const closed = is('tool-call-closed') || (is('whole-tool-call-closed') && isWhole)
  if (closed && lies.toolClosed !== undefined) return lies.toolClosed(state) + dialect.error(state, LOST)
  if (is('tool-call-continued') && lies.toolContinued !== undefined)
    return lies.toolContinued(state) + dialect.error(state, LOST)
  return undefined
}
