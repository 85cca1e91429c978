# Caddy flushes a text/event-stream by itself, so that nothing has to be said of buffering.
{
	admin off
	auto_https off
	servers {
		timeouts {
			idle {{STOPBIT_LISTENER_KEEPALIVE_MS}}ms
		}
	}
}
http://{{STOPBIT_LISTEN_HOST}}:{{STOPBIT_LISTEN_PORT}} {
	bind {{STOPBIT_LISTEN_HOST}}
	reverse_proxy {{STOPBIT_UPSTREAM_HOST}}:{{STOPBIT_UPSTREAM_PORT}} {
		transport http {
			dial_timeout {{STOPBIT_CONNECT_TIMEOUT_MS}}ms
			response_header_timeout {{STOPBIT_HEADERS_TIMEOUT_MS}}ms
			read_timeout {{STOPBIT_IDLE_TIMEOUT_MS}}ms
		}
	}
}
