# http-no-delay is what HAProxy's documentation has for streams of small pieces; client and server time out alike, as it advises.
# The contract's limit is for all attempts to connect, and HAProxy's is for each of the four that it makes by default.
global
  maxconn 1000
defaults
  mode http
  option http-no-delay
  retries 0
  timeout connect {{STOPBIT_CONNECT_TIMEOUT_MS}}ms
  timeout server {{STOPBIT_IDLE_TIMEOUT_MS}}ms
  timeout client {{STOPBIT_IDLE_TIMEOUT_MS}}ms
  timeout http-keep-alive {{STOPBIT_LISTENER_KEEPALIVE_MS}}ms
frontend clients
  bind {{STOPBIT_LISTEN_HOST}}:{{STOPBIT_LISTEN_PORT}}
  default_backend api
backend api
  server api {{STOPBIT_UPSTREAM_HOST}}:{{STOPBIT_UPSTREAM_PORT}}
