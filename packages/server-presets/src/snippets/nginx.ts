import { BODY_LIMIT, toDuration, type FrontNumbers } from './front-numbers.ts'

/** For the `http` block of nginx ≥ 1.15.3. */
export function renderNginx({
  upstream,
  listen,
  idleMs,
  silenceMs,
  connectMs,
  keepAliveTimeout,
}: FrontNumbers): string {
  return `# Goes into the http block. The server keeps idle connections for ${toDuration(keepAliveTimeout)}, nginx for ${toDuration(idleMs)}: nginx closes first.
upstream stopbit {
    server ${upstream} max_fails=1 fail_timeout=5s;
    keepalive 64;
    keepalive_timeout ${toDuration(idleMs)};
}

server {
    listen ${listen};
    client_max_body_size ${BODY_LIMIT};

    location / {
        proxy_pass http://stopbit;
        # Idle connections to the server are kept only with these two.
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        # Each event goes to the client at once.
        proxy_buffering off;
        proxy_cache off;
        gzip off;
        # Silence, not length: heartbeats restart it.
        proxy_read_timeout ${toDuration(silenceMs)};
        proxy_send_timeout ${toDuration(silenceMs)};
        proxy_connect_timeout ${toDuration(connectMs)};
        # A request is sent again only if it never reached a server: a second answer would cost as much as the first.
        proxy_next_upstream error;
    }
}
`
}
