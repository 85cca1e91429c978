import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { judgeRecording, startTap, type Recording } from '../src/index.ts'
import { ask, REQUEST } from './scripted-upstream.ts'

const CUT = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n7\r\ndata: 1\r\n'

/** A TLS server for `localhost`, its certificate, and what it was sent. */
async function startTlsUpstream(answer: (socket: TLSSocket) => void) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  })
  const seen: string[] = []
  const server = createServer({ key, cert }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      seen.push(bytes.toString())
      answer(socket)
    })
  })
  server.on('tlsClientError', () => undefined)
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { port: (server.address() as AddressInfo).port, cert, seen }
}

async function tapTo(port: number, ca?: string) {
  const recordings: Recording[] = []
  const skipped: string[] = []
  const tap = await startTap({
    upstream: new URL(`https://localhost:${port}`),
    ca,
    onRecording: (recording) => recordings.push(recording),
    onSkipped: (why) => skipped.push(why),
  })
  onTestFinished(() => tap.stop())
  return { tap, recordings, skipped }
}

test('startTap() ends TLS to the upstream, names it in the Host field, and records the end of its connection', async () => {
  const upstream = await startTlsUpstream((socket) => socket.end(CUT))
  const { tap, recordings } = await tapTo(upstream.port, upstream.cert)
  expect((await ask(tap.port)).received.toString()).toBe(CUT)
  expect(upstream.seen.join('')).toBe(REQUEST.replace('host: 127.0.0.1', `host: localhost:${upstream.port}`))
  const [recording] = recordings
  expect(recording?.end.kind).toBe('fin')
  expect(recording && judgeRecording(recording)).toMatchObject({ kind: 'failed', how: 'eof' })
})

test('startTap() verifies the upstream: without a connection it can trust nothing is recorded, and it says so', async () => {
  const upstream = await startTlsUpstream((socket) => socket.end(CUT))
  const { tap, recordings, skipped } = await tapTo(upstream.port)
  expect((await ask(tap.port)).received.length).toBe(0)
  expect(upstream.seen).toEqual([])
  expect(recordings).toEqual([])
  expect(skipped).toEqual([expect.stringContaining('no connection to the upstream')])
})
