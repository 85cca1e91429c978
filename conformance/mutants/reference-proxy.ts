// A small proxy that does everything the suite asks for, on plain node:http and with nothing of ours in it: what the suite's judge
// is calibrated against. MUTANT=<name> breaks exactly one thing; the suite must then fail exactly that thing's invariants.
// Anthropic Messages only. A model of behaviour, not of code for production: it never pushes back on a slow client, for one.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const mutant = process.env['MUTANT']
const upstream = new URL(process.env['STOPBIT_UPSTREAM_URL'] ?? '')
const connectTimeoutMs = duration('STOPBIT_CONNECT_TIMEOUT_MS', 10_000)
const headersTimeoutMs = duration('STOPBIT_HEADERS_TIMEOUT_MS', 280_000)
const idleTimeoutMs = duration('STOPBIT_IDLE_TIMEOUT_MS', 240_000)
const heartbeatMs = duration('STOPBIT_HEARTBEAT_MS', 7_000)
const keepaliveMs = duration('STOPBIT_LISTENER_KEEPALIVE_MS', 65_000)
const drainDeadlineMs = duration('STOPBIT_DRAIN_DEADLINE_MS', 25_000)
const agent = new http.Agent({ keepAlive: true })
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'te', 'trailer', 'upgrade'])

function duration(name: string, fallback: number): number {
  return Number(process.env[name] ?? fallback)
}

const server = http.createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (bytes: Buffer) => parts.push(bytes))
  request.on('end', () =>
    forward(request, mutant === 'body-changed' ? changed(Buffer.concat(parts)) : Buffer.concat(parts), response),
  )
})
server.keepAliveTimeout = mutant === 'keepalive-hint-lies' ? Math.min(keepaliveMs, 700) : keepaliveMs
if (mutant === 'keepalive-hint-lies')
  server.on('request', (_, response) => response.setHeader('keep-alive', 'timeout=30'))
server.keepAliveTimeoutBuffer = 0

/** Sends the request on and relays the answer, or says in the client's dialect why there is none. */
function forward(request: IncomingMessage, body: Buffer, response: ServerResponse, attempt = 1): void {
  const headers = { ...endToEnd(request), 'content-length': body.length }
  const outgoing = http.request({
    agent,
    host: upstream.hostname,
    port: upstream.port,
    method: request.method,
    path: request.url,
    headers,
  })
  const headersTimer = setTimeout(() => outgoing.destroy(new Error('headers timeout')), headersTimeoutMs)
  if (mutant !== 'no-connect-timer') outgoing.on('socket', (socket) => limitConnect(socket, outgoing))
  let answered = false
  outgoing.on('response', (answer) => {
    answered = true
    clearTimeout(headersTimer)
    relay(answer, response)
  })
  outgoing.on('error', (error) => {
    clearTimeout(headersTimer)
    if (answered || response.destroyed) return
    // A kept connection that the upstream had already closed: safe to repeat once, for nothing came back.
    if (outgoing.reusedSocket && attempt === 1) return forward(request, body, response, 2)
    if (mutant === 'retry-after-read' && attempt === 1) return forward(request, body, response, 2)
    if (mutant === 'destroy-before-head') return void response.destroy()
    if (mutant === 'exit-on-error') process.exit(1)
    if (mutant === 'swallow-before-head') return
    const message =
      mutant === 'error-text-leaked' ? error.message : 'The upstream could not be reached or gave no answer.'
    sendJsonError(response, message)
  })
  // The client has gone before its answer was through.
  response.on('close', () => {
    clearTimeout(headersTimer)
    if (!response.writableFinished && mutant !== 'upstream-kept') outgoing.destroy()
  })
  outgoing.end(body)
}

/** A connection that is taken from the pool is there already. */
function limitConnect(socket: Socket, outgoing: http.ClientRequest): void {
  if (!socket.connecting) return
  const timer = setTimeout(() => outgoing.destroy(new Error('connect timeout')), connectTimeoutMs)
  socket.once('connect', () => clearTimeout(timer))
  socket.once('close', () => clearTimeout(timer))
}

function relay(answer: IncomingMessage, response: ServerResponse): void {
  if (answer.headers['content-type']?.startsWith('text/event-stream') === true) relayStream(answer, response)
  else relayWhole(answer, response)
}

/** A body that is no stream is held until it is whole, so that a cut one can still become an error. */
function relayWhole(answer: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = []
  answer.on('data', (bytes: Buffer) => parts.push(bytes))
  answer.on('error', () => undefined)
  answer.on('close', () => {
    if (response.destroyed) return
    if (!answer.complete)
      return sendJsonError(response, 'The upstream connection ended before the answer was complete.')
    const body = Buffer.concat(parts)
    response.writeHead(answer.statusCode ?? 502, { ...endToEnd(answer), 'content-length': body.length })
    response.end(body)
  })
}

/** Whole events only; a heartbeat into silence; an error event in place of an end that is missing. */
function relayStream(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 200, endToEnd(answer))
  response.flushHeaders()
  let held = ''
  let started = false
  let terminal = false
  let failure: Error | undefined
  const toolJson: string[] = []
  const beat = setInterval(
    () =>
      mutant !== 'no-heartbeat' && response.write(started ? 'event: ping\ndata: {"type":"ping"}\n\n' : ': waiting\n\n'),
    heartbeatMs,
  )
  let idle = setTimeout(giveUp, idleTimeoutMs)
  function giveUp(): void {
    if (mutant === 'no-idle-timer') return
    failure = new Error('Body Timeout Error')
    answer.destroy()
  }
  answer.setEncoding('latin1') // bytes stay bytes, and text functions find the blank lines
  answer.on('data', (text: string) => {
    clearTimeout(idle)
    idle = setTimeout(giveUp, idleTimeoutMs)
    const [whole, rest] = cutAtLastBoundary(held + text)
    held = rest
    if (whole !== '') started = true
    let out = whole
    if (mutant === 'bytes-at-once') out = text
    if (mutant === 'line-ends-changed') out = whole.replaceAll('\r\n', '\n')
    if (out === '') return
    beat.refresh()
    terminal ||= /^event: ?message_stop\r?$/m.test(whole)
    response.write(out, 'latin1')
    toolJson.push(
      ...whole.matchAll(/"partial_json":("(?:[^"\\]|\\.)*")/g).map(([, json = '']) => JSON.parse(json) as string),
    )
    if (terminal) clearInterval(beat)
    if (terminal && mutant !== 'waits-for-upstream-end') endAtTerminal()
  })
  /** The upstream may still end its own framing, so that its connection can be used again. */
  function endAtTerminal(): void {
    if (!response.writableEnded) finish(response, { terminal, failure, toolJson: '' })
    setTimeout(() => answer.destroy(), 1_000).unref()
  }
  answer.on('error', (error) => (failure ??= error))
  answer.on('close', () => {
    clearTimeout(idle)
    clearInterval(beat)
    if (!response.destroyed && !response.writableEnded)
      finish(response, { terminal, failure, toolJson: toolJson.join('') })
  })
  response.on('close', () => {
    clearTimeout(idle)
    clearInterval(beat)
  })
}

/** What is known of a stream at its end. `toolJson`: the arguments of all its tool calls. */
interface StreamEnd {
  readonly terminal: boolean
  readonly failure: Error | undefined
  readonly toolJson: string
}

/** The end of a stream whose upstream has ended, one way or another. */
function finish(response: ServerResponse, { terminal, failure, toolJson }: StreamEnd): void {
  if (terminal) return void response.end(mutant === 'comment-after-terminal' ? ': bye\n\n' : '')
  if (mutant === 'eof-is-success' && failure === undefined) return void response.end()
  if (mutant === 'exit-on-error') process.exit(1)
  if (mutant === 'destroy-after-headers') return void response.destroy(failure)
  if (mutant === 'bare-end') return void response.end()
  if (mutant === 'swallow-error') return
  if (mutant === 'end-late') return void setTimeout(() => response.end(errorEvent('Late.')), 9_000)
  if (mutant === 'synthetic-end-turn') return void response.end(SYNTHETIC_END)
  if (mutant === 'error-left-open') return void response.write(errorEvent('The upstream connection was lost.'))
  if (mutant === 'error-then-stop')
    return void response.end(`${errorEvent('The upstream connection was lost.')}${MESSAGE_STOP}`)
  if (mutant === 'error-twice') return void response.end(errorEvent('The upstream connection was lost.').repeat(2))
  if (mutant === 'tool-call-closed') return void response.end(TOOL_CALL_STOP + errorEvent('The connection was lost.'))
  if (mutant === 'whole-tool-call-closed' && isJson(toolJson))
    return void response.end(TOOL_CALL_STOP + errorEvent('The connection was lost.'))
  if (mutant === 'tool-call-continued')
    return void response.end(TOOL_CALL_REST + errorEvent('The connection was lost.'))
  if (mutant === 'error-then-destroy')
    return void response.write(errorEvent('The upstream connection was lost.'), () => response.destroy())
  const text =
    mutant === 'error-text-leaked'
      ? (failure?.message ?? 'socket hang up')
      : 'The upstream connection was lost before the answer was complete.'
  response.end(errorEvent(text))
}

const TOOL_CALL_STOP = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":1}\n\n'
const TOOL_CALL_REST =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\\"}"}}\n\n'
const MESSAGE_STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
const SYNTHETIC_END = `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}\n\n${MESSAGE_STOP}`

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function errorEvent(message: string): string {
  return `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'api_error', message } })}\n\n`
}

function sendJsonError(response: ServerResponse, message: string): void {
  const body = JSON.stringify({ type: 'error', error: { type: 'api_error', message } })
  response.writeHead(502, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function cutAtLastBoundary(text: string): [whole: string, rest: string] {
  let end = 0
  for (const match of text.matchAll(/\r\n\r\n|\n\n|\r\r/g)) end = match.index + match[0].length
  return [text.slice(0, end), text.slice(end)]
}

function endToEnd({ headers }: IncomingMessage): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)))
}

function changed(body: Buffer): Buffer {
  return Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1))
}

server.listen(
  Number(process.env['STOPBIT_LISTEN_PORT'] ?? 0),
  process.env['STOPBIT_LISTEN_HOST'] ?? '127.0.0.1',
  () => {
    process.stdout.write(`STOPBIT_READY ${JSON.stringify({ port: (server.address() as { port: number }).port })}\n`)
  },
)
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), drainDeadlineMs).unref()
})
