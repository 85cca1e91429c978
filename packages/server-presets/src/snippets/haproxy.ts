import { toDuration, type FrontNumbers } from './front-numbers.ts'

/**
 * For HAProxy ≥ 2.4. Its idle connections to a server have no age limit: each `pool-purge-delay` it closes half of those that
 * were not needed since the last time. Measured with 2.6: one is closed after 3 rounds, the last of 100 after 9. With a twelfth
 * of the limit all of a thousand are closed within it.
 */
export function renderHaproxy({
  upstream,
  listen,
  idleMs,
  clientIdleMs,
  silenceMs,
  connectMs,
  keepAliveTimeout,
}: FrontNumbers): string {
  const purgeMs = Math.max(1, Math.round(idleMs / 12))
  return `# The server keeps idle connections for ${toDuration(keepAliveTimeout)}, HAProxy for at most about ${toDuration(idleMs)}: HAProxy closes first.
defaults stopbit
    mode http
    timeout connect ${toDuration(connectMs)}
    # Silence, not length: heartbeats restart them.
    timeout client ${toDuration(silenceMs)}
    timeout server ${toDuration(silenceMs)}
    timeout http-request 60s
    timeout http-keep-alive ${toDuration(clientIdleMs)}
    # A request is sent again only if no connection could be made.
    retries 3
    retry-on conn-failure

frontend stopbit_in from stopbit
    bind ${listen.includes(':') ? listen : `:${listen}`}
    default_backend stopbit_gateway

backend stopbit_gateway from stopbit
    # Events go to the client at once: option http-buffer-request and compression stay off.
    option http-no-delay
    http-reuse safe
    server gateway ${upstream} pool-purge-delay ${toDuration(purgeMs)}
`
}
