import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ask, type Question } from './ask.ts'
import { PROBE_HEADER, type ProbeEvent, type ProbeSchedule } from './probe-server.ts'

/** An event of a probe, and when it arrived in milliseconds after the question. */
export interface Arrival extends ProbeEvent {
  readonly atMs: number
}

/** What arrived of a probe's stream. */
export interface WatchedStream {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly status: number | undefined
  readonly arrivals: readonly Arrival[]
  /** Blocks that the probe did not send: heartbeats of something on the path. */
  readonly heartbeats: number
  /**
   * - `whole`: every event came. `short`: the response ended as if it were whole, but it is not.
   * - `mute`: its connection stayed open, but nothing came any more until the time of the question was over.
   * - `broken`: its connection was closed or reset before its end. `refused`: another status, or another server.
   * - `failed`: there was no response; `code` says why.
   */
  readonly end: 'whole' | 'short' | 'mute' | 'broken' | 'refused' | 'failed'
  readonly code?: string
  readonly endMs: number
}

/** Asks a probe for a stream and watches it come, for `question.timeoutMs` in all. Never rejects. */
export async function watchStream(question: Omit<Question, 'body'>, schedule: ProbeSchedule): Promise<WatchedStream> {
  const startedAt = performance.now()
  const now = (): number => performance.now() - startedAt
  const answer = await ask({ ...question, body: schedule })
  if (answer.kind === 'failed') {
    return {
      headers: {},
      status: undefined,
      arrivals: [],
      heartbeats: 0,
      end: 'failed',
      code: answer.code,
      endMs: now(),
    }
  }
  const { status, headers, body } = answer
  if (status !== 200 || headers[PROBE_HEADER] === undefined) {
    body.destroy()
    return { headers, status, arrivals: [], heartbeats: 0, end: 'refused', endMs: now() }
  }
  const arrivals: Arrival[] = []
  let heartbeats = 0
  let end: WatchedStream['end'] = 'broken'
  // What drops packets closes nothing: without a limit this would wait for ever.
  const timer = setTimeout(
    () => {
      end = 'mute'
      body.destroy()
    },
    Math.max(0, question.timeoutMs - now()),
  )
  try {
    let text = ''
    for await (const chunk of decoded(body)) {
      text += String(chunk)
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '))
        if (data === undefined) heartbeats++
        else arrivals.push({ ...(JSON.parse(data.slice('data: '.length)) as ProbeEvent), atMs: now() })
      }
    }
    end = arrivals.length === schedule.gapsMs.length + 1 ? 'whole' : 'short'
  } catch {
    // It broke off, which is what is looked for.
  }
  clearTimeout(timer)
  return { headers, status, arrivals, heartbeats, end, endMs: now() }
}

function decoded(body: IncomingMessage): Readable {
  if (body.headers['content-encoding'] !== 'gzip') return body
  return pipeline(body, createGunzip(), () => undefined) // what goes wrong is told to whoever reads it
}
