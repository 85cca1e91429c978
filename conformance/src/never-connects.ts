import type { Trace } from '@stopbit/traces'

/**
 * Whether a trace's fault is a connection that is never made, and never refused: its first step is a stall that the connect limit
 * must end, before anything was read. The upstream's port then takes no connection until the trace is over.
 */
export function neverConnects({ upstream: { connections } }: Trace): boolean {
  const first = connections[0]?.script[0]
  return first?.do === 'stall' && first.boundedBy === 'connectTimeoutMs'
}
