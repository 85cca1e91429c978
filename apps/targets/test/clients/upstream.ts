import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { cutOf, findModel, modelOf, type CellId } from './cases.ts'
import { STREAMS } from './streams.ts'

/** What the upstream did in one cell, in order: the proof that the fault happened, and when. */
export interface Played {
  readonly requests: number
  readonly steps: readonly string[]
  /** From the last byte sent to the adapter's closing of the connection, in a cell that stalls. */
  readonly silentMs: number | undefined
}

/** One upstream for all adapters. */
export interface Upstream {
  readonly url: string
  /** An address that refuses connections for as long as the upstream is open: its port is taken, and nobody listens. */
  readonly refusingUrl: string
  /** Makes ready to play a cell; forgets what was played there before. */
  expect(cell: CellId): void
  /** The client has all that came before the cut. */
  clientHas(cell: CellId): void
  /** What was played, as soon as its script is over. */
  played(cell: CellId): Promise<Played>
  close(): Promise<void>
}

interface Play {
  readonly cell: CellId
  readonly steps: string[]
  readonly barrier: PromiseWithResolvers<void>
  readonly scripts: Promise<void>[]
  silentMs?: number
}

const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_test\r\ntransfer-encoding: chunked\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'

/** Starts it on a port of its own. */
export async function startUpstream(): Promise<Upstream> {
  const plays = new Map<string, Play>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // resets are what these tests are about
    socket.once('close', () => sockets.delete(socket))
    onRequest(socket, (request) => {
      const play = plays.get(findModel(request) ?? '')
      if (play === undefined) socket.destroy()
      else play.scripts.push(answer(play, socket))
    })
  })
  const port = await listen(server)
  const holder = connect(port, '127.0.0.1')
  await once(holder, 'connect')
  return {
    url: `http://127.0.0.1:${port}`,
    refusingUrl: `http://127.0.0.1:${(holder.address() as AddressInfo).port}`,
    expect: (cell) => void plays.set(modelOf(cell), { cell, steps: [], barrier: Promise.withResolvers(), scripts: [] }),
    clientHas: (cell) => plays.get(modelOf(cell))?.barrier.resolve(),
    async played(cell) {
      const play = plays.get(modelOf(cell))
      if (play === undefined) throw new Error(`Cannot tell what was played: ${modelOf(cell)} was not expected`)
      await Promise.all(play.scripts)
      return { requests: play.scripts.length, steps: play.steps, silentMs: play.silentMs }
    },
    async close() {
      holder.destroy()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Says what a connection to this address fails with; `connected` if it does not. */
export async function tryToConnect(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  try {
    await once(socket, 'connect')
    return 'connected'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'failed'
  } finally {
    socket.destroy()
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function answer(play: Play, socket: Socket): Promise<void> {
  const { cell, steps, barrier, scripts } = play
  const { whole, followUp } = STREAMS[cell.dialect]
  const cut = cutOf(cell)
  const isFirst = scripts.length === 0
  if (cut === undefined || !isFirst) {
    const events = isFirst ? whole : followUp
    socket.write(STREAM_HEAD + events.map(chunk).join('') + LAST_CHUNK)
    return void steps.push(isFirst ? 'whole answer' : 'second answer')
  }
  const left = new Promise<'left'>((resolve) => socket.once('close', () => resolve('left')))
  socket.write(STREAM_HEAD + chunk(cut.sent) + chunk(cut.torn))
  const sentAt = performance.now()
  steps.push('half an answer')
  const next = await Promise.race([left, barrier.promise])
  if (next === 'left') return void steps.push('adapter left early')
  steps.push('client has it')
  if (cell.case === 'stalled') {
    await left
    play.silentMs = performance.now() - sentAt
    return void steps.push('adapter left')
  }
  if (cell.case === 'mid-text') socket.resetAndDestroy()
  else socket.end() // FIN within the chunked body
  steps.push(cell.case === 'mid-text' ? 'RST' : 'FIN')
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

/** Calls back with each whole request, head and body. */
function onRequest(socket: Socket, take: (request: string) => void): void {
  let received = ''
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1')
    for (let length = requestLength(received); length !== undefined; length = requestLength(received)) {
      take(received.slice(0, length))
      received = received.slice(length)
    }
  })
}

/** Length of the whole request that the bytes begin with, its body by length or in chunks. */
function requestLength(received: string): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = received.slice(0, headEnd)
  let at = headEnd + 4
  if (!/transfer-encoding: chunked/i.test(head)) {
    at += Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    return received.length < at ? undefined : at
  }
  for (;;) {
    const lineEnd = received.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(received.slice(at, lineEnd), 16)
    at = lineEnd + 2 + size + 2
    if (received.length < at) return undefined
    if (size === 0) return at
  }
}
