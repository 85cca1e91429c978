import type { Socket } from 'node:net'

/** What carries a connection's bytes. */
export interface Transport {
  /** TLS, where there is some; else the same as `raw`. */
  readonly socket: Socket
  readonly raw: Socket
  /** `none`: a handshake that is not to be; what comes is not read as a request. */
  readonly http: '1.1' | '2' | 'none'
  /** HTTP/2: gives room for request bodies. */
  readonly roomForUploads: boolean
  /** The target's first bytes were a ClientHello. */
  readonly helloRead: boolean
}
