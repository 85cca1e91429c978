import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ProxyDialect } from './dialects.ts'
import { endToEnd } from './answer.ts'
import { heartbeatMs, idleTimeoutMs, is, progressTimeoutMs } from './settings.ts'
import { endStream } from './stream-end.ts'
import { lastEventOf, lineEndOf, newState, readEvents, takeWholeEvents, type StreamState } from './stream-state.ts'
import type { UpstreamBody } from './upstream-body.ts'
import type { UpstreamAnswer } from './question.ts'

interface StreamOptions {
  readonly dialect: ProxyDialect
  readonly asked: number
  /** Told of a connection that fell silent and that a mutant did not close. */
  readonly onStalled: (socket: Socket) => void
}

/** What a mutant kept of a failed stream, by client connection. */
const leftovers = new WeakMap<Socket, string>()

/** Whole events only; a heartbeat into silence; an error event in place of an end that is missing. */
export function relayStream({ answer, bytes }: UpstreamBody, response: ServerResponse, options: StreamOptions): void {
  const { dialect } = options
  const state = newState(options.asked)
  const client = response.socket
  const kept = is('leftover-in-next') && client !== null ? leftovers.get(client) : undefined
  const held = kept === undefined ? [] : [kept]
  let failure: Error | undefined
  const clocks = startClocks({
    onSilence: () => {
      if (is('no-idle-timer')) return
      failure = new Error('Body Timeout Error')
      const isKept = is('upstream-socket-leaked') || is('fault-connection-reused')
      if (!isKept) return void bytes.destroy()
      if (is('fault-connection-reused') && answer.socket !== undefined) options.onStalled(answer.socket)
      end()
    },
    onBeat: () => {
      if (!is('no-heartbeat') && !state.terminal && !response.writableEnded) response.write(beatOf(dialect, state))
    },
  })
  const end = (): void => {
    clocks.stop()
    if (client !== null) leftovers.set(client, held.join(''))
    if (!response.destroyed && !response.writableEnded) endStream(response, { dialect, state, failure })
  }
  response.writeHead(answer.statusCode, withoutLength(answer))
  response.flushHeaders()
  bytes.setEncoding('latin1') // bytes stay bytes, and text functions find the blank lines
  bytes.on('data', (text: string) => {
    const whole = takeWholeEvents(held, text)
    const seen = noteEvents(dialect, state, whole)
    clocks.restart(seen)
    const out = outgoing(whole, text)
    if (out === '' || response.writableEnded) return
    const ready = response.write(out, 'latin1')
    if (state.terminal && dialect.endsWithResponse !== true) {
      if (!is('waits-for-upstream-end')) endAtTerminal()
    } else if (!ready) waitForClient()
  })
  /** The upstream may still end its own framing, so that its connection can be used again. */
  const endAtTerminal = (): void => {
    end()
    setTimeout(() => bytes.destroy(), 1_000).unref()
  }
  const waitForClient = (): void => {
    bytes.pause()
    clocks.stop()
    response.once('drain', () => {
      bytes.resume()
      clocks.restart(true)
    })
  }
  bytes.on('error', (error) => (failure ??= error))
  bytes.on('close', end)
  response.on('close', () => clocks.stop())
}

function withoutLength(answer: UpstreamAnswer): ReturnType<typeof endToEnd> {
  const { 'content-length': _, ...headers } = endToEnd(answer)
  return headers
}

/** Whether any event but a ping passed. */
function noteEvents(dialect: ProxyDialect, state: StreamState, whole: string): boolean {
  if (whole === '') return false
  state.lineEnd = lineEndOf(whole)
  state.lastEvent = lastEventOf(whole) ?? state.lastEvent
  const events = readEvents(whole)
  if (events.length > 0) state.started = true
  for (const event of events) if (!state.terminal || dialect.endsWithResponse === true) dialect.note(state, event)
  return events.some(({ name }) => name !== 'ping')
}

function outgoing(whole: string, text: string): string {
  if (is('bytes-at-once')) return text
  return is('line-ends-changed') ? whole.replaceAll('\r\n', '\n') : whole
}

function beatOf(dialect: ProxyDialect, state: StreamState): string {
  return dialect.heartbeat(state).replaceAll('\n', state.lineEnd)
}

interface Clocks {
  /** A byte came; `progress`: of the model. */
  readonly restart: (progress: boolean) => void
  readonly stop: () => void
}

function startClocks({ onSilence, onBeat }: { onSilence: () => void; onBeat: () => void }): Clocks {
  let idle = setTimeout(onSilence, idleTimeoutMs)
  let progress = setTimeout(onSilence, progressTimeoutMs)
  let beat = setInterval(onBeat, heartbeatMs)
  const stop = (): void => {
    clearTimeout(idle)
    clearTimeout(progress)
    clearInterval(beat)
  }
  return {
    restart(isProgress) {
      clearTimeout(idle)
      idle = setTimeout(onSilence, idleTimeoutMs)
      if (!isProgress) return
      stop()
      idle = setTimeout(onSilence, idleTimeoutMs)
      progress = setTimeout(onSilence, progressTimeoutMs)
      beat = setInterval(onBeat, heartbeatMs)
    },
    stop,
  }
}
