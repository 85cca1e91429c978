import type { FaultKind } from '@stopbit/faults'

/** A page under /incidents/ that is about one family of texts. */
export type IncidentSlug =
  | 'bad-gateway-502-504'
  | 'body-timeout-error'
  | 'econnreset'
  | 'fetch-failed'
  | 'headers-timeout-error'
  | 'incomplete-chunked-read'
  | 'net-err-incomplete-chunked-encoding'
  | 'network-connection-lost'
  | 'other-side-closed'
  | 'premature-close'
  | 'socket-connection-closed-unexpectedly'
  | 'socket-hang-up'
  | 'stream-closed-with-error-code'
  | 'stream-disconnected-before-completion'
  | 'stream-ended-without-finish'
  | 'terminated'
  | 'unable-to-connect'
  | 'unexpected-end-of-json-input'
  | 'upstream-prematurely-closed-connection'

/** One text that a program raised, logged or showed, and what it stands for. */
export interface ErrorText {
  /** Unique, and the anchor of its row. Letter and number are those of the measured dictionary where it is in it. */
  readonly id: string
  /**
   * Literally: name, `code`, "text", and after ← the same of its `cause`. ADDR stands for an address, xxxx for a number
   * that changes, … for text that was left out.
   */
  readonly raised: string
  /** What the text alone says where no response head had come. Missing where it was not seen there. */
  readonly before?: FaultKind
  /** The same after the head. */
  readonly body?: FaultKind
  /** Kinds that it may stand for as well, which only what is known of the connection can tell. */
  readonly otherwise?: readonly FaultKind[]
  /** The text says nothing of the kind: `before` and `body` are what it is taken for when nothing else is known. */
  readonly textDoesNotTell?: true
  /** Set where the text was not caused but read: the source or the vendor's page that has it. */
  readonly readIn?: string
  /** What no row of its kind would say. */
  readonly note?: string
  readonly page?: IncidentSlug
}

/** Of a connection that is gone the texts say no more than that; reuse, the request and TLS say which. */
export const CONNECTION_GONE: readonly FaultKind[] = ['reused-closed', 'upload-broken', 'tls-handshake']

/** Somebody called `abort()`: a user, a timeout of the program, or the proxy itself. */
export const ABORTED: readonly FaultKind[] = ['client-gone', 'aborted-by-us']

/** One error of a chain, as `raised` writes it. */
export interface RaisedLink {
  readonly name?: string
  readonly code?: string
  readonly text: string
}

/** Takes `raised` apart, the outermost error first. Throws where it is not written as `ErrorText` says. */
export function readRaised(raised: string): readonly RaisedLink[] {
  return raised.split(' ← ').map((link) => {
    const match = /^(?:([\w.]+) )?(?:`([\w.:]+)` )?"(.*)"$/.exec(link)
    if (match === null) throw new Error(`Cannot read an error text: must be name \`code\` "text", got ${link}`)
    const [, name, code, text = ''] = match
    return { ...(name !== undefined && { name }), ...(code !== undefined && { code }), text }
  })
}
