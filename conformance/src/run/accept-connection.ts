import type { Socket } from 'node:net'
import type { UpstreamConnectionScript } from '@stopbit/traces'
import type { Stage } from './stage.ts'
import { beginsWithClientHello, beginTls, firstBytes, identityFor } from './tls/accept-tls.ts'
import type { Transport } from './transport.ts'
import { UpstreamConnection } from './upstream-connection.ts'
import { playUpstream } from './upstream-script.ts'

/** The scripts that are left of a trace, in their order. Without one, only the control request is answered. */
export interface ScriptQueue {
  readonly next: () => UpstreamConnectionScript | undefined
  readonly take: () => UpstreamConnectionScript | undefined
}

/**
 * Serves one connection of the target. Scripts go by first bytes and not by accept: a connection that a pool opens ahead, or a probe,
 * takes none. A script whose first step ends the connection cannot wait for them.
 */
export function acceptConnection(stage: Stage, raw: Socket, scripts: ScriptQueue): void {
  if (stage.trace.upstream.tls === true) return void acceptTls(stage, raw, scripts)
  const transport: Transport = { socket: raw, raw, http: '1.1', roomForUploads: true, helloRead: false }
  const first = scripts.next()?.script[0]
  const atOnce = first?.do === 'fin' || first?.do === 'rst'
  const connection = new UpstreamConnection(stage, transport, () => {
    if (!atOnce) serve(stage, connection, scripts.take())
  })
  if (atOnce) serve(stage, connection, scripts.take())
}

/** The first bytes are the ClientHello: what is answered to it is the script's first step. */
async function acceptTls(stage: Stage, raw: Socket, scripts: ScriptQueue): Promise<void> {
  raw.on('error', () => undefined) // what becomes of it is seen on the socket that carries TLS
  if (!(await firstBytes(raw))) return void raw.destroy()
  const helloRead = beginsWithClientHello(raw)
  const script = scripts.take()
  const first = script?.script[0]
  const leftOut = stage.sabotage === 'skip-fault'
  const identity = identityFor(first?.do === 'tls' && !leftOut ? first.how : undefined)
  const roomForUploads = first?.do !== 'h2-window-zero'
  const http = stage.trace.upstream.http ?? '1.1'
  const transport: Transport =
    identity === undefined
      ? { socket: raw, raw, http: 'none', roomForUploads, helloRead }
      : { socket: await beginTls(raw, identity, http), raw, http, roomForUploads, helloRead }
  serve(stage, new UpstreamConnection(stage, transport, () => undefined), script)
}

function serve(stage: Stage, connection: UpstreamConnection, script: UpstreamConnectionScript | undefined): void {
  if (script === undefined) connection.endScript()
  else void playUpstream(stage, connection, script)
}
