import { setTimeout as sleep } from 'node:timers/promises'
import { constants, gzipSync } from 'node:zlib'
import type { Behaviour } from './behaviours.ts'
import { playWhole } from './behaviours-whole.ts'
import { keepAlive, type SoakStream } from './streams.ts'
import type { Turn } from './turn.ts'

type End = (turn: Turn) => Promise<void> | void

const FIN: End = (turn) => turn.fin()
const RESET: End = (turn) => turn.reset()
const STALL: End = (turn) => {
  turn.attest()
  return turn.connection.closed()
}
/** Complete framing, as a front says it that has lost its backend. */
const CLEAN_END: End = async (turn) => {
  turn.attest()
  await turn.lastChunk()
}
const BAD_CHUNK: End = async (turn) => {
  turn.attest()
  await turn.connection.write('zz\r\nno length\r\n')
  await turn.connection.closed()
}

function beforeHead(end: End): Behaviour {
  return async (turn) => {
    turn.declare('none', 0)
    await turn.moment()
    await end(turn)
  }
}

function inHead(end: End): Behaviour {
  return async (turn) => {
    turn.declare('none', 0)
    await turn.connection.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-')
    await turn.moment()
    await end(turn)
  }
}

/** What is sent of a stream before it ends. */
type Beginning = (turn: Turn, stream: SoakStream) => string

const OPENING: Beginning = (_turn, { events, openingCount }) => events.slice(0, openingCount).join('')

const MID_EVENT: Beginning = ({ random }, { events, openingCount, toolIndex }) => {
  const cut = random.between(openingCount + 1, toolIndex - 1)
  const event = Buffer.from(events[cut] ?? '')
  // Within a character too, which is for nobody to repair; at a third at least, so that it is no mere blank line.
  const part = event.subarray(0, random.between(Math.ceil(event.length / 3), event.length - 3))
  return `${events.slice(0, cut).join('')}\0${part.toString('latin1')}`
}

const MID_TOOL: Beginning = ({ random }, { events, toolIndex, stopIndex }) =>
  events.slice(0, random.between(toolIndex + 1, stopIndex)).join('')

const AFTER_STOP: Beginning = (_turn, { events, stopIndex }) => events.slice(0, stopIndex + 1).join('')

function inBody(beginning: Beginning, end: End, answer: 'cut' | 'cut-after-stop' = 'cut'): Behaviour {
  return async (turn) => {
    turn.declare(answer)
    await turn.head()
    const [whole = '', part] = beginning(turn, turn.stream()).split('\0')
    await turn.send(whole)
    if (part !== undefined) await turn.send(Buffer.from(part, 'latin1'))
    await turn.moment()
    await end(turn)
  }
}

function gzipped(ending: Uint8Array): Behaviour {
  return async (turn) => {
    turn.declare('cut')
    const { events, openingCount } = turn.stream()
    const beginning = events.slice(0, openingCount + 2).join('')
    await turn.head({ 'content-encoding': 'gzip' })
    turn.note(beginning)
    await turn.send(gzipSync(beginning, { finishFlush: constants.Z_SYNC_FLUSH }), { noted: false })
    await turn.send(ending, { noted: false })
    turn.attest()
    await turn.lastChunk()
  }
}

/** A stream that has a length, of which a part comes, or more than it. */
function lengthLie(lie: number): Behaviour {
  return async (turn) => {
    const { events, openingCount } = turn.stream()
    const beginning = events.slice(0, openingCount + 2).join('')
    turn.declare('cut')
    turn.note(beginning)
    await turn.head({ 'content-length': String(Buffer.byteLength(beginning) + lie) })
    await turn.connection.write(beginning + (lie > 0 ? '' : events.slice(openingCount + 2).join('')))
    await turn.moment()
    turn.fin()
  }
}

function jsonCut(textBytes: number, answer: 'none' | 'raw-cut'): Behaviour {
  return async (turn) => {
    if (turn.exchange.plan.wire === 'gemini-array') return playWhole(turn)
    const body = JSON.stringify({ id: `[${turn.id}]`, text: 'j'.repeat(textBytes) })
    const part = body.slice(0, -100)
    turn.declare(answer)
    turn.note(part)
    await turn.head({ 'content-type': 'application/json', 'content-length': String(body.length) })
    await turn.connection.write(part)
    await turn.moment()
    turn.fin()
  }
}

/** Closes a connection that was kept alive, as the next request comes. On a fresh one it is as good as any. */
function staleRace(end: End): Behaviour {
  return async (turn) => {
    if (!turn.isReused) return playWhole(turn)
    turn.declare('none', 0)
    await end(turn)
  }
}

/** Alive, and nothing else. */
const playMute: Behaviour = async (turn) => {
  const beat = keepAlive(turn.exchange.plan.wire)
  turn.declare('cut')
  await turn.head()
  if (beat === undefined) return STALL(turn)
  turn.attest()
  while (!turn.connection.socket.destroyed) {
    await turn.send(beat)
    await sleep(100)
  }
}

/** Answers that are not whole, or none. */
export const CUTS = {
  'fin-before-head': { weight: 2, play: beforeHead(FIN) },
  'reset-before-head': { weight: 2, play: beforeHead(RESET) },
  'stall-before-head': { weight: 2, play: beforeHead(STALL) },
  'fin-in-head': { weight: 1.5, play: inHead(FIN) },
  'reset-in-head': { weight: 1.5, play: inHead(RESET) },
  'stall-in-head': { weight: 1, play: inHead(STALL) },
  'fin-after-opening': { weight: 2, play: inBody(OPENING, FIN) },
  'reset-after-opening': { weight: 2, play: inBody(OPENING, RESET) },
  'stall-after-opening': { weight: 1.5, play: inBody(OPENING, STALL) },
  'clean-end-after-opening': { weight: 1.5, play: inBody(OPENING, CLEAN_END) },
  'fin-mid-event': { weight: 2, play: inBody(MID_EVENT, FIN) },
  'reset-mid-event': { weight: 2, play: inBody(MID_EVENT, RESET) },
  'stall-mid-event': { weight: 2, play: inBody(MID_EVENT, STALL) },
  'clean-end-mid-event': { weight: 2, play: inBody(MID_EVENT, CLEAN_END) },
  'bad-chunk': { weight: 2, play: inBody(MID_EVENT, BAD_CHUNK) },
  'fin-mid-tool': { weight: 2, play: inBody(MID_TOOL, FIN) },
  'reset-mid-tool': { weight: 2, play: inBody(MID_TOOL, RESET) },
  'clean-end-mid-tool': { weight: 2, play: inBody(MID_TOOL, CLEAN_END) },
  'fin-after-stop': { weight: 2, play: inBody(AFTER_STOP, FIN, 'cut-after-stop') },
  'reset-after-stop': { weight: 2, play: inBody(AFTER_STOP, RESET, 'cut-after-stop') },
  mute: { weight: 1, play: playMute },
  'gzip-cut': { weight: 1.5, play: gzipped(new Uint8Array(0)) },
  'gzip-corrupt': { weight: 1.5, play: gzipped(Buffer.alloc(16, 0xff)) },
  'length-too-long': { weight: 1.5, play: lengthLie(500) },
  'length-too-short': { weight: 1.5, play: lengthLie(0) },
  'json-cut': { weight: 2, play: jsonCut(2_000, 'none') },
  'large-json-cut': { weight: 1, play: jsonCut(400_000, 'raw-cut') },
  'stale-fin': { weight: 2, play: staleRace(FIN) },
  'stale-reset': { weight: 2, play: staleRace(RESET) },
} satisfies Record<string, { readonly weight: number; readonly play: Behaviour }>
