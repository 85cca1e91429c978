import type { Trace } from '@stopbit/traces'

/**
 * Whether a trace's fault is a connection that is never made, and never refused: its first step is a stall that the connect limit
 * must end, before anything was read. The upstream's port then takes no connection until the trace is over.
 */
export function neverConnects({ upstream: { connections } }: Trace): boolean {
  const first = connections[0]?.script[0]
  return first?.do === 'stall' && first.boundedBy === 'connectTimeoutMs'
}

/**
 * Whether a trace's fault is a connection that is never set up, whichever part of it stays away: as before, or the upstream's answer
 * in the TLS handshake. Both end by the connect limit.
 */
export function setUpNeverCompletes(trace: Trace): boolean {
  const first = trace.upstream.connections[0]?.script[0]
  return neverConnects(trace) || (first?.do === 'tls' && first.how === 'handshake-stall')
}
