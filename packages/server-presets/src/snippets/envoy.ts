import type { FrontNumbers } from './front-numbers.ts'

/** Static resources of an Envoy bootstrap, v3 API. */
export function renderEnvoy({
  upstream,
  listen,
  idleMs,
  silenceMs,
  connectMs,
  keepAliveTimeout,
}: FrontNumbers): string {
  const [host, port] = splitAddress(upstream)
  const [listenHost, listenPort] = splitAddress(listen)
  const seconds = (ms: number): string => `${ms / 1_000}s`
  return `# The server keeps idle connections for ${seconds(keepAliveTimeout)}, Envoy for ${seconds(idleMs)}: Envoy closes first.
static_resources:
  listeners:
    - name: stopbit
      address: { socket_address: { address: ${listenHost}, port_value: ${listenPort} } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: stopbit
                # Silence, not length: heartbeats restart it.
                stream_idle_timeout: ${seconds(silenceMs)}
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                route_config:
                  virtual_hosts:
                    - name: stopbit
                      domains: ['*']
                      routes:
                        - match: { prefix: / }
                          # 15 s by default, for the whole response.
                          route: { cluster: stopbit, timeout: 0s, idle_timeout: ${seconds(silenceMs)} }
  clusters:
    - name: stopbit
      type: STRICT_DNS
      connect_timeout: ${seconds(connectMs)}
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          common_http_protocol_options: { idle_timeout: ${seconds(idleMs)} }
          explicit_http_config: { http_protocol_options: {} }
      load_assignment:
        cluster_name: stopbit
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: ${host}, port_value: ${port} } } }
`
}

function splitAddress(address: string): [host: string, port: string] {
  const at = address.lastIndexOf(':')
  return at === -1 ? ['0.0.0.0', address] : [address.slice(0, at), address.slice(at + 1)]
}
