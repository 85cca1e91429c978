import { cut, envelope, inBody, whole } from './expectations.ts'
import { badFrame, CODE, data, goaway, rstStream } from './h2-frames.ts'
import { startH2Upstream, type H2Call, type H2Fault } from './h2-upstream.ts'
import type { Row } from './row.ts'

const STALL_MS = 300
const LAST_STREAM = 0x7fffffff

type Rest = Omit<Row, 'wire' | 'start'>

function failing(fault: H2Fault): (rest: Rest) => Row {
  return (rest) => ({ wire: 'h2', start: (facts) => startH2Upstream(facts, fault), ...rest })
}

const onRequest = (make: (call: H2Call) => unknown): ((rest: Rest) => Row) => failing({ at: 'request', make })

/** The head and the first part of an answer are delivered; then what happens. */
const afterPart = (make: (call: H2Call) => unknown): ((rest: Rest) => Row) =>
  onRequest(async (call) => {
    await call.send(call.head(), data(call.streamId, call.answer.first))
    await call.delivered()
    await make(call)
  })

const resetting = (code: number): ((rest: Rest) => Row) =>
  onRequest(({ send, streamId }) => send(rstStream(streamId, code)))
const resettingMid = (code: number): ((rest: Rest) => Row) =>
  afterPart(({ send, streamId }) => send(rstStream(streamId, code)))

const goingBelow = onRequest(({ send }) => send(goaway(0, CODE.noError)))
const goingBelowReused = onRequest(({ send, streamId }) => send(goaway(Math.max(0, streamId - 2), CODE.noError)))

const REFUSED_ROWS: readonly Row[] = [
  ...[{}, { reused: true }, { method: 'GET' as const }].map((variant) =>
    resetting(CODE.refusedStream)({
      id: 'rst-refused',
      ...variant,
      sendsPerAttempt: 2,
      expected: envelope('refused-stream'),
    }),
  ),
  goingBelow({ id: 'goaway-below', sendsPerAttempt: 2, expected: envelope('refused-stream') }),
  goingBelowReused({ id: 'goaway-below', reused: true, sendsPerAttempt: 2, expected: envelope('refused-stream') }),
  onRequest(async ({ send, connection }) => {
    await send(goaway(0, CODE.noError))
    connection.end()
  })({ id: 'goaway-below-then-fin', sendsPerAttempt: 2, expected: envelope('refused-stream') }),
  onRequest(({ send }) => send(goaway(0, CODE.enhanceYourCalm)))({
    id: 'goaway-calm',
    sendsPerAttempt: 2,
    expected: envelope('overloaded'),
  }),
]

const RESET_ROWS: readonly Row[] = [
  resettingMid(CODE.refusedStream)({ id: 'rst-refused-mid', expected: cut('body-reset') }),
  resetting(CODE.cancel)({ id: 'rst-cancel', expected: envelope('h2-reset') }),
  // undici takes CANCEL and NO_ERROR for a clean end; our pool looks at the stream itself.
  resettingMid(CODE.cancel)({ id: 'rst-cancel-mid', expected: cut('body-reset') }),
  resetting(CODE.internalError)({ id: 'rst-internal', expected: envelope('h2-reset') }),
  resettingMid(CODE.internalError)({ id: 'rst-internal-mid', expected: cut('body-reset') }),
  resetting(CODE.enhanceYourCalm)({ id: 'rst-calm', expected: envelope('overloaded') }),
  resettingMid(CODE.enhanceYourCalm)({
    id: 'rst-calm-mid',
    expected: { stream: inBody(cut('overloaded').stream), json: inBody(envelope('overloaded')) },
  }),
  resetting(CODE.noError)({ id: 'rst-noerror', expected: envelope('h2-reset') }),
  resettingMid(CODE.noError)({ id: 'rst-noerror-mid', expected: cut('body-reset') }),
  resetting(CODE.protocolError)({ id: 'rst-protocol', expected: envelope('h2-reset') }),
  resettingMid(CODE.protocolError)({ id: 'rst-protocol-mid', expected: cut('body-reset') }),
]

const CONNECTION_ROWS: readonly Row[] = [
  afterPart(async ({ send, streamId, answer }) => {
    await send(goaway(LAST_STREAM, CODE.noError))
    await send(goaway(streamId, CODE.noError), data(streamId, answer.rest, 'end'))
  })({ id: 'goaway-max-then-finish', expected: whole() }),
  afterPart(({ send, streamId }) => send(goaway(streamId, CODE.internalError)))({
    id: 'goaway-internal-mid',
    expected: cut('body-reset'),
  }),
  afterPart(async ({ send, streamId, connection }) => {
    await send(goaway(streamId, CODE.noError))
    connection.end()
  })({ id: 'goaway-at-then-fin-mid', expected: cut('body-reset') }),
  failing({
    at: 'upload',
    make: async ({ send, head, streamId, answer }) => {
      await send(head(), data(streamId, answer.whole, 'end'), rstStream(streamId, CODE.noError))
    },
  })({ id: 'early-response-rst-noerror', uploadBytes: 1024 * 1024, expected: whole() }),
  afterPart(() => undefined)({
    id: 'data-after-stall',
    limits: { idleTimeoutMs: STALL_MS, headersTimeoutMs: STALL_MS },
    expected: cut('body-timeout'),
  }),
  afterPart(({ send }) => send(badFrame()))({ id: 'bad-frame', expected: cut('bad-framing') }),
  onRequest(({ connection }) => connection.end())({
    id: 'fin-before-headers',
    expected: envelope('closed-before-headers'),
  }),
  afterPart(({ connection }) => connection.end())({ id: 'fin-mid', expected: cut('body-reset') }),
  afterPart(({ connection }) => connection.fin())({ id: 'rawfin-mid', expected: cut('body-reset') }),
]

/** Failures over HTTP/2. */
export const H2_ROWS: readonly Row[] = [
  onRequest(({ send, head, streamId, answer }) => send(head(), data(streamId, answer.whole, 'end')))({
    id: 'ok',
    expected: whole(),
  }),
  ...REFUSED_ROWS,
  ...RESET_ROWS,
  ...CONNECTION_ROWS,
]
