import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { UpstreamStep } from '@stopbit/traces'
import { expect, onTestFinished, test } from 'vitest'
import { upstreamOf } from '../../../test/upstream-of.ts'
import type { Stage } from '../stage.ts'

const READ: UpstreamStep = { do: 'read-request' }
const HEAD: UpstreamStep = {
  do: 'send',
  as: 'head',
  lines: ['HTTP/1.1 200 OK', 'Content-Type: text/plain', 'transfer-encoding: chunked'],
}

/** A session of Node's own HTTP/2 client, which checks every frame that it gets. */
async function sessionOf(script: readonly UpstreamStep[]): Promise<{ session: ClientHttp2Session; stage: Stage }> {
  const { stage, port, caFile } = await upstreamOf('2', script)
  const session = connect(`https://127.0.0.1:${port}`, { ca: readFileSync(caFile) })
  onTestFinished(() => session.destroy())
  session.on('error', () => undefined)
  return { session, stage }
}

function post(session: ClientHttp2Session, body: string): ClientHttp2Stream {
  const stream = session.request({ ':method': 'POST', ':path': '/v1/messages' })
  stream.on('error', () => undefined)
  stream.end(body)
  return stream
}

/** `once` would reject with the error that a reset is. */
async function closed(stream: ClientHttp2Stream): Promise<void> {
  await new Promise<void>((resolve) => void stream.once('close', resolve))
}

async function bodyOf(stream: ClientHttp2Stream): Promise<Buffer> {
  const parts: Buffer[] = []
  stream.on('data', (bytes: Buffer) => parts.push(bytes))
  await closed(stream)
  return Buffer.concat(parts)
}

test('a real client understands head, body and trailers, stream after stream, beyond every window', async () => {
  const text = 'x'.repeat(200_000)
  const script: UpstreamStep[] = [READ, HEAD, { do: 'send', as: 'chunk', text }]
  const { session, stage } = await sessionOf([
    ...script,
    { do: 'chunk-end', trailers: ['x-digest: 0'] },
    { do: 'loop' },
  ])
  for (const turn of ['1', '2']) {
    const stream = post(session, JSON.stringify({ metadata: { user_id: `stopbit-${turn}` }, padding: text }))
    const [response, trailers, body] = await Promise.all([
      once(stream, 'response'),
      once(stream, 'trailers'),
      bodyOf(stream),
    ])
    expect(response[0]).toMatchObject({ ':status': 200, 'content-type': 'text/plain' })
    expect(response[0]).not.toHaveProperty('transfer-encoding')
    expect(trailers[0]).toMatchObject({ 'x-digest': '0' })
    expect(body.toString()).toBe(text)
  }
  expect(stage.requests.map(({ id }) => id)).toEqual(['1', '2'])
  expect(stage.connections).toHaveLength(1)
})

test.each([
  ['NO_ERROR', constants.NGHTTP2_NO_ERROR],
  ['CANCEL', constants.NGHTTP2_CANCEL],
  ['REFUSED_STREAM', constants.NGHTTP2_REFUSED_STREAM],
  ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM],
] as const)('h2-rst-stream resets the stream of the request with %s', async (code, number) => {
  const { session } = await sessionOf([READ, HEAD, { do: 'h2-rst-stream', code, fault: true }])
  const stream = post(session, '{}')
  await closed(stream)
  expect(stream.rstCode).toBe(number)
})

test('h2-goaway tells the last stream that is processed', async () => {
  const { session } = await sessionOf([
    READ,
    { do: 'h2-goaway', code: 'INTERNAL_ERROR', lastStream: 'none', fault: true },
  ])
  post(session, '{}')
  const [code, lastStream] = (await once(session, 'goaway')) as [number, number]
  expect([code, lastStream]).toEqual([constants.NGHTTP2_INTERNAL_ERROR, 0])
})

test('a burst of pings breaks nothing, and a bad frame the session', async () => {
  const flood: UpstreamStep[] = [READ, HEAD, { do: 'h2-ping-flood', count: 50, fault: true }]
  const flooded = await sessionOf([...flood, { do: 'send', as: 'raw', text: 'whole' }, { do: 'chunk-end' }])
  expect((await bodyOf(post(flooded.session, '{}'))).toString()).toBe('whole')
  const base64 = Buffer.from('000004080000000000' + '00000000', 'hex').toString('base64')
  const broken = await sessionOf([READ, HEAD, { do: 'h2-raw', base64, fault: true }])
  post(broken.session, '{}')
  const [error] = (await once(broken.session, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ERR_HTTP2_ERROR')
})

test('h2-window-zero holds an upload until the trace is over', async () => {
  const { session, stage } = await sessionOf([{ do: 'h2-window-zero' }, { do: 'read-request', until: 'head' }])
  post(session, 'x'.repeat(200_000))
  expect(await stage.board.until(() => stage.requests.length === 1, 3_000)).toBe(true)
  session.ping(() => stage.board.changed())
  expect(stage.requests[0]?.digest).toBeUndefined()
  stage.end()
  expect(await stage.board.until(() => stage.requests[0]?.digest !== undefined, 3_000)).toBe(true)
})

test('a client that resets its stream has given the request up, and nothing more is sent to it', async () => {
  const { session, stage } = await sessionOf([READ, HEAD, { do: 'expect-abort', withinMs: 2_000 }])
  const stream = post(session, '{}')
  await once(stream, 'response')
  stage.clientLeftAt = performance.now()
  stream.close(constants.NGHTTP2_CANCEL)
  expect(await stage.board.until(() => stage.aborts.length === 1, 3_000)).toBe(true)
  expect(stage.aborts[0]?.afterMs).toBeDefined()
})
