import { gzipSync } from 'node:zlib'
import type { Behaviour } from './behaviours.ts'
import { upstreamErrorEvent } from './streams.ts'
import type { Turn } from './turn.ts'

interface Weighted {
  readonly weight: number
  readonly play: Behaviour
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** A whole stream; every other behaviour falls back to it where it does not fit. */
export async function playWhole(turn: Turn): Promise<void> {
  turn.declare('whole')
  const isLast = turn.random.chance(0.1)
  await turn.head(isLast ? { connection: 'close' } : {})
  await turn.events(turn.stream().events)
  turn.attest()
  await turn.lastChunk()
  if (isLast) turn.connection.socket.end()
}

function jsonAnswer(turn: Turn, textBytes: number): string {
  return JSON.stringify({
    id: `msg_[${turn.id}]`,
    type: 'message',
    content: [{ text: `[${turn.id}]${'j'.repeat(textBytes)}` }],
  })
}

/** A JSON answer where a stream was asked for. A Gemini array would be taken for one. */
function playJson(textBytes: number): Behaviour {
  return async (turn) => {
    if (turn.exchange.plan.wire === 'gemini-array') return playWhole(turn)
    turn.declare('whole')
    turn.attest()
    await turn.plain(JSON_TYPE, jsonAnswer(turn, textBytes))
  }
}

function playStatus(statuses: readonly number[]): Behaviour {
  return async (turn) => {
    const status = turn.random.pick(statuses)
    turn.declare('status', status)
    turn.attest()
    const error = { type: 'api_error', message: `The API says no [${turn.id}]`, code: status, status: 'INTERNAL' }
    await turn.plain(JSON_TYPE, JSON.stringify({ type: 'error', error }))
  }
}

function playBareStatus(contentType: string, body: string): Behaviour {
  return async (turn) => {
    turn.declare('bare-status', turn.random.pick([400, 403, 500, 502, 504]))
    turn.attest()
    await turn.plain({ 'content-type': contentType }, body)
  }
}

/** A whole stream, and then the connection ends in a way that was not announced. */
function playThen(end: (turn: Turn) => void, answer: 'whole' | 'whole-or-cut', lastChunk: boolean): Behaviour {
  return async (turn) => {
    const { wire, requestBytes } = turn.exchange.plan
    // Of a request that was too large to be kept it is not known how many candidates it asked for: one may be missing.
    const isUnknown = wire === 'gemini-sse' && requestBytes > 500_000 && !lastChunk
    turn.declare(isUnknown ? 'whole-or-cut' : answer)
    await turn.head()
    await turn.events(turn.stream().events)
    if (lastChunk) await turn.lastChunk()
    end(turn)
  }
}

/** Answers that are whole: the client is to get them byte for byte, errors included. */
export const WHOLES = {
  whole: { weight: 14, play: playWhole },
  'whole-dripped': { weight: 6, play: playWhole },
  'large-event': {
    weight: 2,
    async play(turn) {
      turn.declare('whole')
      await turn.head()
      await turn.events(turn.stream('large-event').events)
      turn.attest()
      await turn.lastChunk()
    },
  },
  flood: {
    weight: 0.3,
    async play(turn) {
      turn.declare('whole')
      turn.attest()
      await turn.head()
      for (const event of turn.stream('flood').events) await turn.send(event)
      await turn.lastChunk()
    },
  },
  'early-hints': {
    weight: 2,
    async play(turn) {
      await turn.connection.write('HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n')
      await playWhole(turn)
    },
  },
  json: { weight: 4, play: playJson(2_000) },
  'large-json': { weight: 1, play: playJson(400_000) },
  gzip: {
    weight: 2,
    async play(turn) {
      turn.declare('whole')
      const { events } = turn.stream()
      await turn.head({ 'content-encoding': 'gzip' })
      turn.note(events.join(''))
      await turn.send(gzipSync(events.join('')), { noted: false })
      turn.attest()
      await turn.lastChunk()
    },
  },
  'then-fin': { weight: 2, play: playThen((turn) => turn.fin(), 'whole', false) },
  'then-reset': { weight: 2, play: playThen((turn) => turn.reset(), 'whole-or-cut', false) },
  'then-close-idle': { weight: 2, play: playThen((turn) => turn.fin(), 'whole', true) },
  'then-hang': {
    weight: 2,
    async play(turn) {
      await playThen(() => undefined, 'whole', false)(turn)
      turn.attest()
      await turn.connection.closed()
    },
  },
  'status-4xx': { weight: 3, play: playStatus([400, 401, 404, 429]) },
  'status-5xx': { weight: 3, play: playStatus([500, 503, 529]) },
  'status-empty': { weight: 2, play: playBareStatus('text/plain', '') },
  'status-html': {
    weight: 2,
    play: playBareStatus('text/html', '<html><body><h1>nginx at 10.1.2.3:8080</h1></body></html>'),
  },
  'error-first': {
    weight: 2,
    async play(turn) {
      turn.declare('stream-error')
      await turn.head()
      turn.attest()
      await turn.send(upstreamErrorEvent(turn.exchange.plan.wire, turn.id))
      await turn.lastChunk()
    },
  },
  'error-midway': {
    weight: 2,
    async play(turn) {
      const { wire, events, openingCount } = turn.stream()
      turn.declare('stream-error')
      await turn.head()
      await turn.events(events.slice(0, openingCount + 2))
      const error = upstreamErrorEvent(wire, turn.id)
      turn.attest()
      await turn.send(wire === 'gemini-array' ? `,${error.slice(1)}` : error)
      await turn.lastChunk()
    },
  },
} satisfies Record<string, Weighted>
