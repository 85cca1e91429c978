import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { bodyOf, judgeRecording, startTap } from '../src/index.ts'
import { ask, BODY, REQUEST, startUpstream, tapOf } from './scripted-upstream.ts'

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const START = 'event: message_start\ndata: {"type":"message_start"}\n\n'
const DELTA = 'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n'
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

test('startTap() relays every byte of both sides and records a whole exchange as one', async () => {
  const seen: Buffer[] = []
  const wire = HEAD + chunk(START) + chunk(STOP) + '0\r\n\r\n'
  const upstream = createServer((socket) => {
    socket.on('data', (bytes) => {
      seen.push(bytes)
      socket.end(wire)
    })
  })
  onTestFinished(() => void upstream.close())
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  const { tap, first } = await tapOf((upstream.address() as AddressInfo).port)
  const { received, end } = await ask(tap.port)
  expect(Buffer.concat(seen).toString()).toBe(REQUEST)
  expect(received.toString()).toBe(wire)
  expect(end).toBe('fin')
  const recording = await first
  expect(recording.end.kind).toBe('framing')
  expect(judgeRecording(recording)).toEqual({ kind: 'whole' })
  expect(recording.answer.map(({ kind }) => kind)).toEqual(['head', 'chunk', 'chunk', 'last-chunk'])
})

test('startTap() keeps of a request its length, digest and shape, and no byte of its body', async () => {
  const port = await startUpstream((socket) => socket.resetAndDestroy())
  const { tap, first } = await tapOf(port)
  await ask(tap.port)
  const { request } = await first
  expect(request).toMatchObject({
    method: 'POST',
    bodyBytes: BODY.length,
    bodySha256_16: expect.stringMatching(/^[0-9a-f]{16}$/),
    shape: { model: 'string', stream: 'boolean', messages: [{ role: 'string', content: 'string' }] },
    wantsStream: true,
  })
  expect(JSON.stringify(request)).not.toContain('SECRET')
})

test('startTap() passes a reset on as a reset, and records it where it came', async () => {
  const upstream = Promise.withResolvers<Socket>()
  const port = await startUpstream((socket) => {
    socket.write(HEAD + chunk(START) + chunk(DELTA))
    upstream.resolve(socket)
  })
  const { tap, first } = await tapOf(port)
  const client = connect(tap.port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  client.write(REQUEST)
  await once(client, 'data')
  const seen = new Promise((resolve) => client.once('error', resolve))
  const closing = await upstream.promise
  closing.resetAndDestroy()
  expect(await seen).toMatchObject({ code: 'ECONNRESET' })
  const recording = await first
  expect(recording.end.kind).toBe('rst')
  expect(bodyOf(recording.answer).toString()).toBe(START + DELTA)
})

test('startTap() takes a client that leaves for no failure of the upstream, unless it waited long for it', async () => {
  const port = await startUpstream((socket) => socket.write(HEAD + chunk(START)))
  const { tap, first } = await tapOf(port)
  const client = connect(tap.port, '127.0.0.1')
  client.write(REQUEST)
  await once(client, 'data')
  client.resetAndDestroy()
  const recording = await first
  expect(judgeRecording(recording)).toEqual({ kind: 'client-left' })
  expect(judgeRecording(recording, 0)).toEqual({ kind: 'failed', how: 'stall', where: 'in-opening' })
})

test('startTap() tells a reset that comes with the last bytes from an orderly end', async () => {
  const port = await startUpstream((socket) => {
    socket.write(HEAD + chunk(START) + chunk(DELTA))
    socket.resetAndDestroy() // a Node client that is connected directly reads this as a clean end
  })
  const { tap, first } = await tapOf(port)
  await ask(tap.port)
  const recording = await first
  expect(recording.end.kind).toBe('rst')
  expect(judgeRecording(recording)).toEqual({ kind: 'failed', how: 'reset', where: 'mid-stream' })
})

test.each([
  ['a FIN in the middle of a chunked body', HEAD + chunk(START) + chunk(DELTA), 'fin', 'eof', 'mid-stream'],
  ['whole framing without a terminal event', `${HEAD + chunk(START)}0\r\n\r\n`, 'framing', 'eof', 'in-opening'],
  ['a FIN before the head', '', 'fin', 'eof', 'before-head'],
  [
    'a body shorter than its length',
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{"a"',
    'fin',
    'eof',
    'in-json',
  ],
  [
    'a stream that its connection ends, without a terminal event',
    `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${START}${DELTA}`,
    'fin',
    'eof',
    'mid-stream',
  ],
])('judgeRecording() calls a failure: %s', async (_, wire, end, how, where) => {
  const port = await startUpstream((socket) => socket.end(wire))
  const { tap, first } = await tapOf(port)
  expect((await ask(tap.port)).received.toString()).toBe(wire)
  const recording = await first
  expect(recording.end.kind).toBe(end)
  expect(judgeRecording(recording)).toEqual({ kind: 'failed', how, where })
})

test.each([
  [
    'a close-delimited stream with its terminal event',
    `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${STOP}`,
  ],
  [
    'an error in the dialect’s own words',
    'HTTP/1.1 529 \r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
  ],
])('judgeRecording() calls no failure: %s', async (_, wire) => {
  const port = await startUpstream((socket) => socket.end(wire))
  const { tap, first } = await tapOf(port)
  await ask(tap.port)
  expect(judgeRecording(await first)).toEqual({ kind: 'whole' })
})

test('startTap() keeps a chunk that was cut as a cut chunk, and ends it when it is stopped', async () => {
  const size = (START.length + DELTA.length).toString(16)
  const port = await startUpstream((socket) => socket.write(`${HEAD}${size}\r\n${START}`))
  const { tap, first } = await tapOf(port)
  const client = connect(tap.port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  client.write(REQUEST)
  await once(client, 'data')
  await tap.stop()
  const { answer, end } = await first
  expect(end.kind).toBe('stopped')
  expect(answer.at(-1)).toMatchObject({ kind: 'chunk', size: START.length + DELTA.length, whole: false })
  expect(bodyOf(answer).toString()).toBe(START)
})

test('startTap() records a refused connection when a request wanted it', async () => {
  const closed = createServer()
  await once(closed.listen(0, '127.0.0.1'), 'listening')
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  const { tap, first } = await tapOf(port)
  expect((await ask(tap.port)).end).toBe('rst')
  expect(judgeRecording(await first)).toEqual({ kind: 'failed', how: 'refused', where: 'before-head' })
})

test('startTap() records the exchanges of a kept connection one by one, each with the one before it', async () => {
  const answer = `${HEAD + chunk(STOP)}0\r\n\r\n`
  const port = await startUpstream((socket, request) => {
    if (request === 1) socket.write(answer)
    else socket.resetAndDestroy()
  })
  const { tap, recordings } = await tapOf(port)
  const client = connect(tap.port, '127.0.0.1')
  client.on('error', () => undefined)
  client.write(REQUEST)
  await once(client, 'data')
  client.write(REQUEST)
  await new Promise((resolve) => client.once('close', resolve))
  expect(recordings.map(({ end }) => end.kind)).toEqual(['framing', 'rst'])
  expect(recordings[1]?.before?.answer.length).toBe(3)
})

test('startTap() lets pass what is no HTTP/1.1, and says that it records nothing of it', async () => {
  const port = await startUpstream((socket) => socket.end('SSH-2.0-x\r\n\r\n'))
  const { tap, skipped, recordings } = await tapOf(port)
  expect((await ask(tap.port, 'SSH-2.0-y\r\n\r\n')).received.toString()).toBe('SSH-2.0-x\r\n\r\n')
  expect(skipped).toEqual(['the client does not speak HTTP/1.1'])
  expect(recordings).toEqual([])
})

test('startTap() puts the upstream into the Host field where it is asked to, and changes nothing else', async () => {
  const seen: string[] = []
  const upstream = createServer((socket) => socket.on('data', (bytes) => seen.push(bytes.toString()) && socket.end()))
  onTestFinished(() => void upstream.close())
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  const { port } = upstream.address() as AddressInfo
  const { tap } = await tapOf(port, { hostField: 'upstream' })
  await ask(tap.port)
  expect(seen.join('')).toBe(REQUEST.replace('host: 127.0.0.1', `host: 127.0.0.1:${port}`))
})

test('startTap() listens on loopback only, for what passes is not encrypted', async () => {
  const options = {
    upstream: new URL('http://127.0.0.1:1'),
    host: '0.0.0.0',
    onRecording: () => undefined,
    onSkipped: () => undefined,
  }
  await expect(startTap(options)).rejects.toThrow('Cannot use listen: must be a loopback address, got "0.0.0.0"')
})

test('startTap() relays an answer of endlessly many parts, and keeps none of it', async () => {
  const interim = 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n'.repeat(1_000)
  const port = await startUpstream((socket) => {
    for (let sent = 0; sent < 400; sent += 1) socket.write(interim)
    socket.end(`${HEAD + chunk(START)}`)
  })
  const { tap, recordings, skipped } = await tapOf(port)
  const { received } = await ask(tap.port)
  expect(received.length).toBe(interim.length * 400 + (HEAD + chunk(START)).length)
  expect(recordings).toEqual([])
  expect(skipped).toEqual(['an answer of more than 16777216 bytes, or of too many parts'])
})
