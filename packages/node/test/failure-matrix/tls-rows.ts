import { certificates, type Certificates } from './certificates.ts'
import type { Connection } from './connection.ts'
import { cut, envelope, whole } from './expectations.ts'
import { chunk, CHUNKED, headOf, startHttpUpstream, type FailingCall, type HttpFault } from './http-upstream.ts'
import type { Row } from './row.ts'

const STALL_MS = 300

type Rest = Omit<Row, 'wire' | 'start'>
type Shown = keyof Omit<Certificates, 'ca' | 'h2'>

/** A TLS upstream that shows a certificate and then fails. */
function failing(fault: HttpFault, shown: Shown = 'trusted'): (rest: Rest) => Row {
  return (rest) => ({
    wire: 'tls',
    start: async (facts) => {
      const { ca, [shown]: identity } = await certificates()
      return startHttpUpstream(facts, fault, { ca, identity })
    },
    ...rest,
  })
}

/** A plain TCP listener that is taken for a TLS one. It fails when the ClientHello is there. */
function handshake(make: (connection: Connection) => unknown): (rest: Rest) => Row {
  return (rest) => ({
    wire: 'tls',
    start: async (facts) => startHttpUpstream(facts, { at: 'first-byte', make }, { ca: (await certificates()).ca }),
    ...rest,
  })
}

const onRequest = (make: (call: FailingCall) => unknown): ((rest: Rest) => Row) => failing({ at: 'request', make })

/** An answer with these headers, of which the first part is delivered; then what happens. */
const afterPart = (header: string, make: (call: FailingCall) => unknown): ((rest: Rest) => Row) =>
  onRequest(async (call) => {
    const { connection, answer } = call
    await connection.write(headOf(answer, [header]))
    await connection.write(header === CHUNKED ? chunk(answer.first) : answer.first)
    await call.delivered()
    await make(call)
  })

/** The certificate is refused while the connection is made: whatever the fault would do, no request comes. */
function refusing(shown: Shown): (rest: Rest) => Row {
  return failing({ at: 'connect', make: () => undefined }, shown)
}

const CLOSE = 'connection: close'

/** Failures over HTTP/1.1 with TLS. */
export const TLS_ROWS: readonly Row[] = [
  refusing('untrusted')({ id: 'tls-untrusted', expected: envelope('tls-trust') }),
  refusing('wrongName')({ id: 'tls-wrong-name', expected: envelope('tls-trust') }),
  refusing('expired')({ id: 'tls-expired', expected: envelope('tls-trust') }),
  onRequest(async ({ connection, answer }) => {
    await connection.write(headOf(answer, [`content-length: ${answer.whole.length}`]))
    await connection.write(answer.whole)
  })({ id: 'tls-ok', expected: whole() }),
  handshake((connection) => connection.reset())({ id: 'tls-hs-rst', expected: envelope('tls-handshake') }),
  handshake((connection) => connection.fin())({ id: 'tls-hs-fin', expected: envelope('tls-handshake') }),
  handshake(() => undefined)({
    id: 'tls-hs-stall',
    connectTimeoutMs: STALL_MS,
    expected: envelope('connect-timeout'),
  }),
  handshake((connection) => connection.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'))({
    id: 'tls-plain-http',
    expected: envelope('tls-handshake'),
  }),
  onRequest(({ connection }) => connection.fin())({
    id: 'tls-fin-before-headers-no-notify',
    expected: envelope('closed-before-headers'),
  }),
  onRequest(({ connection }) => connection.fin())({
    id: 'tls-fin-before-headers-no-notify',
    reused: true,
    expected: envelope('reused-closed'),
  }),
  onRequest(({ connection }) => connection.reset())({
    id: 'tls-rst-before-headers',
    expected: envelope('closed-before-headers'),
  }),
  onRequest(({ connection }) => connection.reset())({
    id: 'tls-rst-before-headers',
    reused: true,
    expected: envelope('reused-closed'),
  }),
  afterPart(CHUNKED, ({ connection }) => connection.fin())({
    id: 'tls-chunked-trunc-no-notify',
    expected: cut('body-reset'),
  }),
  afterPart(CHUNKED, ({ connection }) => connection.end())({
    id: 'tls-chunked-fin-notify',
    expected: cut('body-reset'),
  }),
  afterPart(CHUNKED, ({ connection }) => connection.reset())({ id: 'tls-chunked-rst', expected: cut('body-reset') }),
  afterPart(CLOSE, ({ connection }) => connection.fin())({
    id: 'tls-close-delim-trunc-no-notify',
    expected: cut('body-truncated'),
  }),
  afterPart(CLOSE, async ({ connection, answer }) => {
    await connection.write(answer.rest)
    connection.end()
  })({ id: 'tls-close-delim-fin-notify', expected: whole() }),
]
