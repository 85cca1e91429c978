import { once } from 'node:events'
import type { ExchangeOptions } from '@stopbit/exchange'
import { lookup } from 'node:dns/promises'
import { createConnection } from 'node:net'
import { ANSWERS } from './answers.ts'
import { startBlackhole } from './blackhole.ts'
import { closedPort } from './connection.ts'
import { envelope, whole } from './expectations.ts'
import {
  chunk,
  CHUNKED,
  headOf,
  LAST_CHUNK,
  startHttpUpstream,
  type FailingCall,
  type HttpFault,
} from './http-upstream.ts'
import type { Row } from './row.ts'

/** Long enough for a busy machine, short enough to be waited for. */
const STALL_MS = 300

type Rest = Omit<Row, 'wire' | 'start'>

function failing(fault: HttpFault): (rest: Rest) => Row {
  return (rest) => ({ wire: 'http', start: (facts) => startHttpUpstream(facts, fault), ...rest })
}

/** After the request, instead of an answer. */
const onRequest = (make: (call: FailingCall) => unknown): ((rest: Rest) => Row) => failing({ at: 'request', make })

/** After the request, whatever of an answer is `text`. */
const saying = (text: string): ((rest: Rest) => Row) => onRequest(({ connection }) => connection.write(text))

const fin = onRequest(({ connection }) => connection.end())
const reset = onRequest(({ connection }) => connection.reset())
const HALF_HEAD = 'HTTP/1.1 200 OK\r\ncontent-ty'

const LARGE_UPLOAD = { uploadBytes: 8 * 1024 * 1024 } as const
/** A body that is not kept is sent as it comes: then the pool knows that it was not all sent. */
const STREAMED: ExchangeOptions = { maxReplayBytes: 64 * 1024 }

const BROADCAST = '255.255.255.255'

const CONNECT_ROWS: readonly Row[] = [
  {
    id: 'refused',
    wire: 'http',
    start: async () => {
      const port = await closedPort()
      return {
        url: new URL(`http://127.0.0.1:${port}`),
        fired: () => 1,
        requests: () => 0,
        attested: 'once',
        close: () => Promise.resolve(),
      }
    },
    expected: envelope('refused'),
  },
  {
    id: 'unreachable',
    variant: 'no route',
    wire: 'http',
    start: async () => {
      // The kernel has no way for TCP to a broadcast address: it says so by itself, and no packet goes out.
      const probe = createConnection({ host: BROADCAST, port: 81 })
      const [error] = (await once(probe, 'error')) as [NodeJS.ErrnoException]
      if (error.code !== 'ENETUNREACH') throw new Error(`A connection to ${BROADCAST} gives ${error.code}`)
      return {
        url: new URL(`http://${BROADCAST}:81`),
        fired: () => 1,
        requests: () => 0,
        attested: 'once',
        close: () => Promise.resolve(),
      }
    },
    expected: envelope('unreachable'),
  },
  {
    id: 'connect-blackhole',
    wire: 'http',
    connectTimeoutMs: STALL_MS,
    start: startBlackhole,
    expected: envelope('connect-timeout'),
  },
  {
    id: 'dns',
    wire: 'http',
    start: async () => {
      const found = await lookup('no-such-host.invalid').catch(() => undefined)
      if (found !== undefined) throw new Error('A name that cannot exist was found')
      return {
        url: new URL('http://no-such-host.invalid'),
        fired: () => 1,
        requests: () => 0,
        attested: 'once',
        close: () => Promise.resolve(),
      }
    },
    expected: envelope('dns'),
  },
  failing({ at: 'connect', make: (connection) => connection.end() })({
    id: 'fin-on-accept',
    expected: envelope('closed-before-headers'),
  }),
  // The kernel decides whether the reset is seen while connecting or after it.
  failing({ at: 'connect', make: (connection) => connection.reset() })({
    id: 'rst-on-accept',
    expected: envelope('closed-before-headers', 'refused', 'upload-broken'),
  }),
]

const HEAD_ROWS: readonly Row[] = [
  fin({ id: 'fin-before-headers', expected: envelope('closed-before-headers') }),
  fin({ id: 'fin-before-headers', reused: true, expected: envelope('reused-closed') }),
  fin({ id: 'fin-before-headers', reused: true, method: 'GET', expected: envelope('reused-closed') }),
  reset({ id: 'rst-before-headers', expected: envelope('closed-before-headers') }),
  reset({ id: 'rst-before-headers', reused: true, expected: envelope('reused-closed') }),
  reset({ id: 'rst-before-headers', reused: true, method: 'GET', expected: envelope('reused-closed') }),
  ...[false, true].map((reused) =>
    onRequest(async ({ connection }) => {
      await connection.write(HALF_HEAD)
      connection.end()
    })({ id: 'fin-mid-headers', reused, expected: envelope('closed-before-headers') }),
  ),
  onRequest(async ({ connection }) => {
    await connection.write(HALF_HEAD)
    connection.reset()
  })({ id: 'rst-mid-headers', expected: envelope('closed-before-headers') }),
  saying('HTTP/9.9 2OO huh\r\n\r\n')({ id: 'bad-status-line', expected: envelope('bad-response') }),
  saying('SSH-2.0-OpenSSH_9.2\r\n')({ id: 'garbage', expected: envelope('bad-response') }),
  saying(`HTTP/1.1 200 OK\r\nx-big: ${'a'.repeat(400_000)}\r\n\r\n`)({
    id: 'big-headers',
    expected: envelope('bad-response'),
  }),
  saying(`HTTP/1.1 200 OK\r\n${'x-many: 1234567890\r\n'.repeat(3_000)}\r\n`)({
    id: 'many-headers',
    expected: envelope('bad-response'),
  }),
  saying('HTTP/1.1 200 OK\r\nx-bad: a\x00b\r\ncontent-length: 0\r\n\r\n')({
    id: 'bad-header-char',
    expected: envelope('bad-response'),
  }),
  saying('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')({
    id: 'cl-and-te',
    expected: envelope('bad-response'),
  }),
  saying('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n123456')({
    id: 'two-cl',
    expected: envelope('bad-response'),
  }),
  onRequest(() => undefined)({
    id: 'stall-before-headers',
    limits: { headersTimeoutMs: STALL_MS },
    expected: envelope('headers-timeout'),
  }),
  saying('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')({
    id: 'unasked-101',
    expected: envelope('bad-response'),
  }),
  onRequest(async ({ connection }) => {
    await connection.write('HTTP/1.1 100 Continue\r\n\r\n')
    connection.end()
  })({ id: '100-then-fin', expected: envelope('bad-response') }),
  onRequest(async ({ connection }) => {
    await connection.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
    connection.end()
  })({ id: '103-then-fin', expected: envelope('closed-before-headers') }),
  onRequest(async ({ connection }) => {
    await connection.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
    connection.reset()
  })({ id: '103-then-rst', expected: envelope('closed-before-headers') }),
]

/** An error of the API: JSON, whatever was asked for. */
function errorAnswer(status: string, headers: readonly string[]): string {
  const { json } = ANSWERS
  return headOf(json, [...headers, `content-length: ${json.whole.length}`], status) + json.whole.toString()
}

const WHOLE_ROWS: readonly Row[] = [
  onRequest(({ connection, answer }) =>
    connection.write(headOf(answer, [`content-length: ${answer.whole.length}`]) + answer.whole.toString()),
  )({ id: 'ok', expected: whole() }),
  onRequest(async ({ connection, answer }) => {
    await connection.write(headOf(answer, [CHUNKED, 'connection: close']))
    await connection.write(Buffer.concat([chunk(answer.whole), Buffer.from(LAST_CHUNK)]))
    connection.end()
  })({ id: 'ok-conn-close-then-fin', expected: whole() }),
  onRequest(({ connection }) =>
    connection.write(errorAnswer('426 Upgrade Required', ['connection: upgrade', 'upgrade: TLS/1.3'])),
  )({ id: '426-upgrade-required', expected: whole(426) }),
]

const UPLOAD_ROWS: readonly Row[] = [
  failing({
    at: 'upload',
    make: async ({ connection }) => {
      await connection.write(errorAnswer('413 Content Too Large', ['connection: close']))
      connection.end()
    },
  })({ ...LARGE_UPLOAD, id: 'early-413-close', expected: whole(413) }),
  failing({ at: 'upload', make: ({ connection }) => connection.reset() })({
    ...LARGE_UPLOAD,
    id: 'rst-mid-upload',
    limits: STREAMED,
    expected: envelope('upload-broken'),
  }),
  failing({ at: 'upload', make: ({ connection }) => connection.end() })({
    ...LARGE_UPLOAD,
    id: 'fin-mid-upload',
    limits: STREAMED,
    expected: envelope('upload-broken'),
  }),
  ...(['rst', 'fin'] as const).map((how) =>
    failing({ at: 'upload', make: ({ connection }) => (how === 'rst' ? connection.reset() : connection.end()) })({
      ...LARGE_UPLOAD,
      id: `${how}-mid-upload`,
      variant: 'kept body',
      // undici hands a body that it has whole to the socket at once: that it was not all sent is not known.
      expected: envelope('closed-before-headers'),
    }),
  ),
]

/** Failures over HTTP/1.1 without TLS, but for those in the body. */
export const HTTP_ROWS: readonly Row[] = [...CONNECT_ROWS, ...HEAD_ROWS, ...WHOLE_ROWS, ...UPLOAD_ROWS]
