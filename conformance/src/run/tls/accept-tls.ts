import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { TlsStep } from '@stopbit/traces'
import { certificates, type IdentityName } from './certificates.ts'

/** First byte of a TLS record that carries handshake messages, and the type of the message in it. RFC 8446, 4 and 5.1. */
const HANDSHAKE_RECORD = 0x16
const CLIENT_HELLO = 0x01
/** A record's header, then the message's first byte. */
const HELLO_BYTES = 6

/** Bytes that are no TLS record, whatever one reads them as. */
const GARBAGE = Buffer.from('5354 4f50 4249 5400 0000 0000 0000 0000'.replaceAll(' ', ''), 'hex')

/** What nginx answers where TLS meets a port without it, the other way round. */
const PLAIN_HTTP = Buffer.from(
  'HTTP/1.1 400 Bad Request\r\nserver: nginx\r\ncontent-type: text/html\r\ncontent-length: 16\r\nconnection: close\r\n\r\n<h1>400</h1>\r\n\r\n',
)

/** Waits for the first bytes of a connection, without taking them. Resolves to false when it closed without any. */
export async function firstBytes(raw: Socket): Promise<boolean> {
  return await new Promise((resolve) => {
    const look = (): void => {
      raw.off('close', gone)
      raw.off('end', gone)
      resolve(true)
    }
    const gone = (): void => {
      raw.off('readable', look)
      resolve(false)
    }
    raw.once('readable', () => (raw.readableLength > 0 ? look() : gone()))
    raw.once('close', gone)
  })
}

/** Whether what lies on the connection begins with a ClientHello. Takes nothing. */
export function beginsWithClientHello(raw: Socket): boolean {
  const bytes = raw.read() as Buffer | null
  if (bytes === null) return false
  raw.unshift(bytes)
  return bytes.length >= HELLO_BYTES && bytes[0] === HANDSHAKE_RECORD && bytes[HELLO_BYTES - 1] === CLIENT_HELLO
}

/** The certificate that a step makes the upstream show; undefined when there will be none. */
export function identityFor(how: TlsStep['how'] | undefined): IdentityName | undefined {
  if (how === undefined) return 'good'
  return how === 'expired-cert' || how === 'wrong-host' || how === 'untrusted-cert' ? how : undefined
}

/** Begins TLS on a connection whose ClientHello lies unread. Errors come on the socket that is given back. */
export async function beginTls(raw: Socket, identity: IdentityName, http: '1.1' | '2'): Promise<TLSSocket> {
  const { identities } = await certificates()
  return new TLSSocket(raw, {
    isServer: true,
    secureContext: identities[identity],
    ALPNProtocols: [http === '2' ? 'h2' : 'http/1.1'],
  })
}

/** What is answered to a ClientHello instead of TLS; undefined for nothing. */
export function spoiledAnswer(how: TlsStep['how']): Uint8Array | undefined {
  if (how === 'garbage') return GARBAGE
  return how === 'plain-http' ? PLAIN_HTTP : undefined
}
