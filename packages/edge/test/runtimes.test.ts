import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ask, handledBy, readBody } from './harness/client.ts'
import { RUNTIMES } from './harness/start-runtime.ts'
import { answerWith, chunk, EVENTS, LAST_CHUNK, STREAM_HEAD, type Script } from './harness/upstream.ts'
import { useRuntime } from './harness/use-runtime.ts'

const WHOLE = EVENTS.join('')

describe.each(RUNTIMES)('%s', (name) => {
  const use = useRuntime(name)

  test('a healthy stream passes byte for byte, and each event at once', async () => {
    const { target } = use.upstream.expect(async ({ socket }) => {
      socket.write(STREAM_HEAD)
      for (const event of EVENTS.slice(0, 3)) socket.write(chunk(event))
      await client.until('Gr')
      for (const byte of Buffer.from(EVENTS.slice(3).join(''))) socket.write(chunk(Buffer.of(byte)))
      socket.write(LAST_CHUNK)
    })
    const client = ask(use.runtime.port, target)
    const { received } = await client.over
    expect(readBody(received)).toEqual({ text: WHOLE, isWhole: true })
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(received).toMatch(/cache-control: no-cache, no-transform/i)
    expect(received).toMatch(/request-id: req_test/i)
    expect(await use.recordOf(client)).toMatchObject({ ending: 'completed', status: 200, requestId: 'req_test' })
  })

  test('a stream that is reset in the middle of a text gets one error event and a framed end', async () => {
    const { target } = use.upstream.expect(async ({ socket }) => {
      socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 3).join('') + 'event: content_bl').toString('latin1'), 'latin1')
      await client.until('Gr')
      socket.resetAndDestroy()
    })
    const client = ask(use.runtime.port, target)
    const { received } = await client.over
    const { text, isWhole } = readBody(received)
    expect(isWhole).toBe(true)
    expect(text.startsWith(EVENTS.slice(0, 3).join(''))).toBe(true)
    expect(text.slice(EVENTS.slice(0, 3).join('').length)).toMatch(/^event: error\ndata: \{"type":"error".*\}\n\n$/)
    expect(text).not.toMatch(/ECONN|socket|127\.0\.0\.1|lost\.|terminated/)
    expect(await use.recordOf(client)).toMatchObject({ ending: 'error', fault: { kind: 'body-reset' } })
  })

  test('a refused connection is a 502 in the envelope of the API', async () => {
    const { received } = await ask(use.runtime.port, '/v1/messages', handledBy('refused')).over
    expect(received).toMatch(/^HTTP\/1.1 502 /)
    expect(JSON.parse(readBody(received).text)).toMatchObject({ type: 'error', error: { type: 'api_error' } })
    expect(received).not.toMatch(/ECONN|127\.0\.0\.1|client error/)
  })

  test('a stalled stream is ended by the idle clock, with an error event', async () => {
    const { target, request } = use.upstream.expect(
      ({ socket }) => void socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 3).join('')).toString('latin1'), 'latin1'),
    )
    const client = ask(use.runtime.port, target, handledBy('hasty'))
    const { received } = await client.over
    const { text, isWhole } = readBody(received)
    expect(isWhole).toBe(true)
    expect(text).toContain('event: error\n')
    await (
      await request
    ).closed
    expect(await use.recordOf(client)).toMatchObject({ ending: 'error', fault: { kind: 'body-timeout' } })
  })

  test('a JSON answer passes as it is, one that is cut is a 502', async () => {
    const whole = use.upstream.expect(({ socket }) => void socket.write(answerWith('{"id":"msg_1"}')))
    const { received } = await ask(use.runtime.port, whole.target).over
    expect(received).toMatch(/^HTTP\/1.1 200 /)
    expect(readBody(received)).toEqual({ text: '{"id":"msg_1"}', isWhole: true })
    const cut = use.upstream.expect(({ socket }) => void socket.end(answerWith('{"id":"msg_1"}').slice(0, -3)))
    expect((await ask(use.runtime.port, cut.target).over).received).toMatch(/^HTTP\/1.1 502 /)
  })

  test('a cut body that cannot carry an error is left with its framing incomplete', async () => {
    const { target } = use.upstream.expect(async ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n')
      socket.write(chunk('sound'))
      await client.until('sound')
      socket.write(chunk('more sound'))
      await client.until('more sound')
      socket.resetAndDestroy()
    })
    const client = ask(use.runtime.port, target.replace('/messages', '/audio'))
    const { received } = await client.over
    expect(readBody(received)).toEqual({ text: 'soundmore sound', isWhole: false })
    expect(await use.recordOf(client)).toMatchObject({ ending: 'incomplete' })
  })

  test('a request reaches the API as it came, kept or streamed, and once', async () => {
    for (const [handler, size] of [
      ['patient', 100],
      ['small-replay', 200_000],
    ] as const) {
      const body = JSON.stringify({ text: 'ü'.repeat(size / 2) })
      const { target, request } = use.upstream.expect(({ socket }) => void socket.write(answerWith('{}')))
      const headers = { 'x-test-handler': handler, 'x-api-key': 'sk-1', 'anthropic-version': '2023-06-01' }
      expect((await ask(use.runtime.port, target, { headers, body }).over).received).toMatch(/^HTTP\/1.1 200 /)
      const { head, body: sent } = await request
      expect(Buffer.from(sent, 'latin1').toString()).toBe(body)
      expect(head).toMatch(/^POST \/v1\/messages\?case=\w+ HTTP\/1.1\r\n/)
      expect(head).toMatch(/\r\nx-api-key: sk-1\r\n/i)
      expect(head).toMatch(/\r\naccept-encoding: identity(\r\n|$)/i)
    }
  })

  test('a request whose kept connection dies is not sent again by the runtime', async () => {
    const first = use.upstream.expect(({ socket }) => void socket.write(answerWith('{}')))
    await ask(use.runtime.port, first.target).over
    let requests = 0
    const { target } = use.upstream.expect(({ socket }) => {
      requests++
      socket.resetAndDestroy()
    })
    const { received } = await ask(use.runtime.port, target).over
    expect(received).toMatch(/^HTTP\/1.1 502 /)
    expect(requests).toBe(1)
  })

  test('an answer that is coded in spite of us is decoded where an error could not follow it else', async () => {
    for (const [coding, code] of [
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
    ] as const) {
      const head = STREAM_HEAD.replace('\r\n\r\n', `\r\ncontent-encoding: ${coding}\r\n\r\n`)
      const stream = use.upstream.expect(({ socket }) => {
        socket.write(head)
        socket.write(chunk(code(WHOLE)))
        socket.write(LAST_CHUNK)
      })
      const { received } = await ask(use.runtime.port, stream.target).over
      expect(readBody(received)).toEqual({ text: WHOLE, isWhole: true })
      expect(received).not.toMatch(/content-encoding/i)
      const cut = use.upstream.expect(({ socket }) => {
        socket.write(head.replace('text/event-stream', 'application/json'))
        socket.write(chunk(code(`{"text":"${'x'.repeat(500)}"}`).subarray(0, 20)))
        socket.write(LAST_CHUNK)
      })
      expect((await ask(use.runtime.port, cut.target).over).received).toMatch(/^HTTP\/1.1 502 /)
    }
  })

  test('an answer that was not asked for is a 502', async () => {
    for (const head of [
      '103 Early Hints',
      '101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade',
      '999 What',
    ]) {
      const { target } = use.upstream.expect(({ socket }) => void socket.end(`HTTP/1.1 ${head}\r\n\r\n`))
      expect((await ask(use.runtime.port, target).over).received).toMatch(/^HTTP\/1.1 502 /)
    }
  })

  test('answers without a body, redirects and cookies pass', async () => {
    const none = use.upstream.expect(({ socket }) => void socket.write('HTTP/1.1 204 No Content\r\nx-a: 1\r\n\r\n'))
    const { received } = await ask(use.runtime.port, none.target).over
    expect(received).toMatch(/^HTTP\/1.1 204 [^]*\r\nx-a: 1\r\n/i)
    const head = use.upstream.expect(
      ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\n'),
    )
    const answer = await ask(use.runtime.port, head.target, { method: 'HEAD', body: '' }).over
    expect(answer.received).toMatch(/^HTTP\/1.1 200 [^]*\r\ncontent-length: 5\r\n/i)
    expect(answer.received.endsWith('\r\n\r\n')).toBe(true)
    const moved = use.upstream.expect(
      ({ socket }) =>
        void socket.write(
          'HTTP/1.1 302 Found\r\nlocation: /else\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\n\r\n',
        ),
    )
    const redirect = await ask(use.runtime.port, moved.target, { method: 'GET', body: '' }).over
    expect(redirect.received).toMatch(/^HTTP\/1.1 302 [^]*\r\nlocation: \/else\r\n/i)
    expect(redirect.received.match(/\r\nset-cookie: /gi)).toHaveLength(2)
  })

  test('a client that breaks off its upload leaves a record, kept or streamed', async () => {
    for (const handler of ['patient', 'small-replay']) {
      const headers = { 'x-test-handler': handler, 'content-length': '100000' }
      const client = ask(use.runtime.port, '/v1/messages', { headers, body: 'x'.repeat(10_000) })
      await use.runtime.line((line) => line === `ACCEPTED ${client.id}`)
      client.socket.resetAndDestroy()
      expect(await use.recordOf(client)).toMatchObject({ ending: 'client-gone' })
    }
  })

  test('a hundred exchanges at once have each the end of their own', async () => {
    const opening = STREAM_HEAD + chunk(EVENTS.slice(0, 3).join('')).toString('latin1')
    const mix: readonly (readonly [Script, RegExp])[] = [
      [
        ({ socket }) =>
          void socket.write(opening + chunk(EVENTS.slice(3).join('')).toString('latin1') + LAST_CHUNK, 'latin1'),
        /message_stop[^]*0\r\n\r\n$/,
      ],
      [
        ({ socket }) => void socket.write(opening, 'latin1', () => socket.resetAndDestroy()),
        /^HTTP\/1.1 502 |event: error\n[^]*0\r\n\r\n$/,
      ],
      // Bun drops what it has read and nobody has taken yet, so that nothing may be left to commit.
      [({ socket }) => void socket.end(opening, 'latin1'), /^HTTP\/1.1 502 |event: error\n[^]*0\r\n\r\n$/],
      [({ socket }) => void socket.write(opening, 'latin1'), /event: error\n[^]*0\r\n\r\n$/],
      [({ socket }) => void socket.resetAndDestroy(), /^HTTP\/1.1 502 /],
    ]
    const clients = Array.from({ length: 20 }, () => mix)
      .flat()
      .map(([script, ending]) => ({
        client: ask(use.runtime.port, use.upstream.expect(script).target, handledBy('hasty')),
        ending,
      }))
    for (const { client, ending } of clients) {
      expect((await client.over).received).toMatch(ending)
      await use.recordOf(client)
    }
  })
})
