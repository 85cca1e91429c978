import { toDuration, type FrontNumbers } from './front-numbers.ts'

/** A site of a Caddyfile, Caddy 2. */
export function renderCaddy({
  upstream,
  listen,
  idleMs,
  silenceMs,
  connectMs,
  keepAliveTimeout,
}: FrontNumbers): string {
  return `# The server keeps idle connections for ${toDuration(keepAliveTimeout)}, Caddy for ${toDuration(idleMs)}: Caddy closes first.
${listen.includes(':') ? `http://${listen}` : `:${listen}`} {
	reverse_proxy ${upstream} {
		# Each event goes to the client at once.
		flush_interval -1
		transport http {
			keepalive ${toDuration(idleMs)}
			dial_timeout ${toDuration(connectMs)}
			# The longest wait for an answer. A stream that has begun is not bounded.
			response_header_timeout ${toDuration(silenceMs)}
		}
	}
}
`
}
