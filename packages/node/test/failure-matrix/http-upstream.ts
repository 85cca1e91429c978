import { ANSWERS, type Answer } from './answers.ts'
import { listen, type Connection, type TlsIdentity } from './connection.ts'
import type { CaseFacts, FailingUpstream } from './row.ts'

/** A request that is to fail. */
export interface FailingCall {
  readonly connection: Connection
  readonly answer: Answer
  /** Resolves when the first part of the answer is as far as it gets: with the client, or with the gateway that holds it. */
  readonly delivered: () => Promise<void>
}

/** The fault, and when it is made. What it returns is awaited; then it has fired. */
export type HttpFault =
  | { readonly at: 'connect' | 'first-byte'; readonly make: (connection: Connection) => unknown }
  | { readonly at: 'upload' | 'request'; readonly make: (call: FailingCall) => unknown }

/** Bytes of a large upload that are read before a fault in it. */
const UPLOAD_READ_BYTES = 64 * 1024

/** An HTTP/1.1 upstream on a raw socket. It answers every request but those that its fault is for. */
export async function startHttpUpstream(
  facts: CaseFacts,
  fault: HttpFault,
  tls?: { readonly identity?: TlsIdentity; readonly ca: string },
): Promise<FailingUpstream> {
  const answer = ANSWERS[facts.asked]
  let requestCount = 0
  let fired = 0
  const fire = async (subject: Connection & FailingCall): Promise<void> => {
    await fault.make(subject)
    fired++
  }
  const listener = await listen((connection) => {
    const delivered = (): Promise<void> => (facts.asked === 'stream' ? facts.clientHasData : nextTurn())
    const call = { ...connection, connection, answer, delivered }
    if (fault.at === 'connect') {
      connection.stream.once('data', () => requestCount++)
      return void fire(call)
    }
    if (fault.at === 'first-byte') return void connection.stream.once('data', () => void fire(call))
    readRequests(connection, fault.at === 'upload' ? UPLOAD_READ_BYTES : undefined, async () => {
      requestCount++
      const fails = facts.failsAt === 1 || (requestCount === facts.failsAt && connection.count === 1)
      if (fails) return fire(call)
      await connection.write(headOf(answer, [`content-length: ${answer.whole.length}`]))
      await connection.write(answer.whole)
    })
  }, tls?.identity)
  return {
    url: new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${listener.port}`),
    ...(tls !== undefined && { ca: tls.ca }),
    fired: () => fired,
    requests: () => requestCount,
    close: () => listener.close(),
  }
}

/** Bytes written in one turn have been read by everybody in this process after the next two. */
async function nextTurn(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Calls for each whole request; or, for uploads, as soon as so many bytes of one are here. */
function readRequests(connection: Connection, partBytes: number | undefined, onRequest: () => Promise<void>): void {
  let received = Buffer.alloc(0)
  let isPartSeen = false
  connection.stream.on('data', (data: Buffer) => {
    if (isPartSeen) return // the rest is read to nowhere
    received = Buffer.concat([received, data])
    if (partBytes !== undefined) {
      isPartSeen = received.length >= partBytes
      if (isPartSeen) void onRequest()
      return
    }
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const length = Number(/content-length: (\d+)/i.exec(received.subarray(0, headEnd).toString())?.[1] ?? 0)
    const end = headEnd + 4 + length
    if (received.length < end) return
    received = received.subarray(end)
    void onRequest()
  })
  // Whoever is done with us, we are done with it; a fault may have ended our half already.
  connection.stream.once('end', () => connection.stream.end())
}

/** A response head, with the type of the answer. */
export function headOf({ type }: Answer, headers: readonly string[], status = '200 OK'): string {
  return [`HTTP/1.1 ${status}`, `content-type: ${type}`, 'request-id: req_upstream', ...headers, '', ''].join('\r\n')
}

/** Body bytes as one HTTP chunk. */
export function chunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

export const CHUNKED = 'transfer-encoding: chunked'
export const LAST_CHUNK = '0\r\n\r\n'
