import { gzipSync } from 'node:zlib'
import { cut, envelope, whole } from './expectations.ts'
import { chunk, CHUNKED, headOf, LAST_CHUNK, startHttpUpstream, type FailingCall } from './http-upstream.ts'
import type { Row } from './row.ts'

const STALL_MS = 300

type Rest = Omit<Row, 'wire' | 'start'>

/** After the request, instead of an answer. */
const onRequest =
  (make: (call: FailingCall) => unknown): ((rest: Rest) => Row) =>
  (rest) => ({ wire: 'http', start: (facts) => startHttpUpstream(facts, { at: 'request', make }), ...rest })

/** A chunked answer, of which the first part is with whoever reads it; then what happens. */
const afterPart = (make: (call: FailingCall) => unknown): ((rest: Rest) => Row) =>
  onRequest(async (call) => {
    await call.connection.write(headOf(call.answer, [CHUNKED]))
    await call.connection.write(chunk(call.answer.first))
    await call.delivered()
    await make(call)
  })

const BODY_ROWS: readonly Row[] = [
  afterPart(() => undefined)({
    id: 'stall-mid-body',
    limits: { idleTimeoutMs: STALL_MS, headersTimeoutMs: STALL_MS },
    expected: cut('body-timeout'), // a JSON body is waited for as a whole, by the clock of the head
  }),
  afterPart(async ({ connection }) => {
    await connection.write('400\r\nevent: ')
    connection.reset()
  })({ id: 'rst-mid-chunk', expected: cut('body-reset') }),
  afterPart(({ connection }) => connection.reset())({ id: 'rst-between-chunks', expected: cut('body-reset') }),
  onRequest(async ({ connection, answer }) => {
    await connection.write(headOf(answer, [CHUNKED]))
    connection.reset()
  })({ id: 'rst-after-headers-0-bytes', expected: envelope('body-reset') }),
  afterPart(async ({ connection }) => {
    await connection.write('400\r\nevent: ')
    connection.end()
  })({ id: 'fin-mid-chunk', expected: cut('body-reset') }),
  onRequest(async ({ connection, answer, delivered }) => {
    await connection.write(headOf({ ...answer, type: 'application/octet-stream' }, [CHUNKED]))
    await connection.write(chunk(answer.first))
    await delivered()
    connection.end()
    // No error can follow in bytes that are nobody's API: the framing has to say that they are not whole.
  })({
    id: 'fin-between-chunks',
    variant: 'opaque body',
    expected: { ...cut('body-reset').stream, client: 'incomplete' },
  }),
  afterPart(({ connection }) => connection.end())({ id: 'fin-between-chunks', expected: cut('body-reset') }),
  afterPart(async ({ connection, answer }) => {
    await connection.write(chunk(answer.rest))
    await connection.write('0\r\n')
    connection.end()
    // The stream's own terminal event says that it is whole; JSON has nothing but the framing.
  })({ id: 'fin-before-last-crlf', expected: { stream: whole(), json: envelope('body-reset') } }),
  afterPart(({ connection }) => connection.write('zz\r\nxx\r\n'))({
    id: 'bad-chunk-size',
    expected: cut('bad-framing'),
  }),
  onRequest(async ({ connection, answer, delivered }) => {
    await connection.write(headOf(answer, [`content-length: ${answer.whole.length}`]))
    await connection.write(answer.first)
    await delivered()
    connection.end()
  })({ id: 'cl-short-fin', expected: cut('body-reset') }),
  onRequest(({ connection, answer }) =>
    connection.write(`${headOf(answer, [`content-length: ${answer.whole.length}`])}${answer.whole.toString()}too much`),
  )({ id: 'cl-extra-bytes', expected: whole() }),
  onRequest(async ({ connection, answer }) => {
    await connection.write(headOf(answer, ['connection: close']))
    await connection.write(answer.whole)
    connection.end()
  })({ id: 'close-delimited-fin', expected: whole() }),
  onRequest(async ({ connection, answer, delivered }) => {
    await connection.write(headOf(answer, ['connection: close']))
    await connection.write(answer.first)
    await delivered()
    connection.reset()
    // To undici this is an end; the missing terminal event, or the half JSON, says that it is not.
  })({ id: 'close-delimited-rst', expected: cut('body-truncated') }),
]

/** A body that is coded though we asked for none that is. */
const coded = (make: (call: FailingCall) => unknown): ((rest: Rest) => Row) =>
  onRequest(async (call) => {
    await call.connection.write(headOf(call.answer, [CHUNKED, 'content-encoding: gzip']))
    await make(call)
  })

/** A first part that can be decoded by itself, and is with whoever reads it; then what happens. */
const codedAfterPart = (make: (call: FailingCall, rest: Buffer) => unknown): ((rest: Rest) => Row) =>
  coded(async (call) => {
    await call.connection.write(chunk(gzipSync(call.answer.first)))
    await call.delivered()
    await make(call, gzipSync(call.answer.rest))
  })

const CODED_ROWS: readonly Row[] = [
  codedAfterPart(({ connection }, rest) =>
    connection.write(Buffer.concat([chunk(rest.subarray(0, rest.length / 2)), Buffer.from(LAST_CHUNK)])),
  )({ id: 'gzip-truncated-clean-end', expected: cut('decode') }),
  codedAfterPart(({ connection }, rest) =>
    connection.write(Buffer.concat([chunk(rest.fill(0xff, 12, 40)), Buffer.from(LAST_CHUNK)])),
  )({ id: 'gzip-corrupt', expected: cut('decode') }),
  coded(({ connection, answer }) => connection.write(Buffer.concat([chunk(answer.whole), Buffer.from(LAST_CHUNK)])))({
    id: 'gzip-not-gzip',
    expected: envelope('decode'),
  }),
  codedAfterPart(async ({ connection }, rest) => {
    await connection.write(Buffer.concat([Buffer.from('400\r\n'), rest.subarray(0, rest.length / 2)]))
    connection.end()
  })({ id: 'gzip-fin-mid-chunk', expected: cut('body-reset') }),
  onRequest(async ({ connection, answer }) => {
    await connection.write(headOf(answer, [CHUNKED, 'content-encoding: x-unknown']))
    await connection.write(Buffer.concat([chunk(answer.whole), Buffer.from(LAST_CHUNK)]))
  })({ id: 'gzip-not-gzip', variant: 'unknown coding', expected: envelope('decode') }),
]

/** Failures over HTTP/1.1 without TLS, in the body. */
export const HTTP_BODY_ROWS: readonly Row[] = [...BODY_ROWS, ...CODED_ROWS]
