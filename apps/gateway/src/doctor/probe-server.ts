import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { listen } from '../listen.ts'

/** The header that says that a probe has answered, and not something before it. */
export const PROBE_HEADER = 'x-stopbit-probe'

/** What a probe is asked for: an event, then for each gap a silence and another event. Milliseconds. */
export interface ProbeSchedule {
  readonly gapsMs: readonly number[]
}

/** One event of a probe. */
export interface ProbeEvent {
  /** From 1. */
  readonly event: number
  readonly of: number
  /** When the probe sent it, in milliseconds after its first. */
  readonly sentMs: number
}

/** A probe that listens. */
export interface ProbeServer {
  readonly port: number
  stop(): Promise<void>
}

const MAX_GAPS = 20
const MAX_GAP_MS = 600_000
/** A schedule is far smaller; anything larger is not for us. */
const MAX_BODY_BYTES = 4096
const MAX_STREAMS = 64

/**
 * Starts the far end of a path: a server that streams events and stays silent exactly as it is asked to, which no real API
 * can be made to do. It says nothing to proxies about buffering, as APIs do not, and never compresses. It holds and reveals
 * nothing, and serves 64 streams at a time. Rejects if it cannot listen.
 */
export async function startProbeServer({ host, port }: { host: string; port: number }): Promise<ProbeServer> {
  let streams = 0
  const server = createServer((request, response) => {
    response.setHeader(PROBE_HEADER, '1')
    if (request.method !== 'POST') {
      request.resume()
      return sayText(response, 200, 'This is a stopbit probe. Point `stopbit doctor --probe` at it.')
    }
    if (streams >= MAX_STREAMS) return sayText(response, 503, 'This probe is busy.')
    streams++
    void answer(request, response).finally(() => streams--)
  })
  server.timeout = 0
  const listenedPort = await listen(server, host, port)
  return {
    port: listenedPort,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const schedule = await readSchedule(request)
    if (schedule === undefined) return sayText(response, 400, 'Send {"gapsMs":[…]}: up to 20 gaps of up to 600000 ms.')
    await stream(response, schedule)
  } catch {
    response.destroy() // the client has left, or sent no JSON
  }
}

async function stream(response: ServerResponse, { gapsMs }: ProbeSchedule): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  const startedAt = performance.now()
  const send = (event: number): void => {
    const fact: ProbeEvent = { event, of: gapsMs.length + 1, sentMs: Math.round(performance.now() - startedAt) }
    response.write(`data: ${JSON.stringify(fact)}\n\n`)
  }
  send(1)
  for (const [index, gapMs] of gapsMs.entries()) {
    await wait(gapMs, undefined, { signal: gone.signal })
    send(index + 2)
  }
  response.end()
}

async function readSchedule(request: IncomingMessage): Promise<ProbeSchedule | undefined> {
  if (!(Number(request.headers['content-length']) <= MAX_BODY_BYTES)) return undefined
  const { gapsMs } = (await json(request)) as { gapsMs?: unknown }
  if (!Array.isArray(gapsMs) || gapsMs.length > MAX_GAPS) return undefined
  const isGap = (gap: unknown): gap is number => typeof gap === 'number' && gap >= 0 && gap <= MAX_GAP_MS
  return gapsMs.every(isGap) ? { gapsMs } : undefined
}

function sayText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}
