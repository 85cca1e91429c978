import type { ChildProcess } from 'node:child_process'
import type { Kit } from './kit.ts'

/** A proxy that listens. */
export interface Proxy {
  readonly port: number
  readonly process: ChildProcess
}

/** Starts nginx before `origin` with one worker and buffering off; `directives` go into its location, `globals` to the top. */
export async function startNginx(
  kit: Kit,
  origin: number,
  { directives = '', globals = '' }: { directives?: string; globals?: string } = {},
): Promise<Proxy> {
  const port = await kit.freePort()
  const config = kit.file(
    'nginx.conf',
    `daemon off; worker_processes 1; pid ${kit.folder}/nginx.pid; error_log /dev/null; ${globals}
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path ${kit.folder}/b; proxy_temp_path ${kit.folder}/p;
  fastcgi_temp_path ${kit.folder}/f; uwsgi_temp_path ${kit.folder}/u; scgi_temp_path ${kit.folder}/s;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${origin}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; ${directives}
    }
  }
}
`,
  )
  const process = kit.spawn('/usr/sbin/nginx', ['-p', kit.folder, '-e', '/dev/null', '-c', config])
  await kit.accepts(port)
  return { port, process }
}

/** Starts HAProxy before `origin`. */
export async function startHaproxy(kit: Kit, origin: number, timeoutServer: string): Promise<Proxy> {
  const port = await kit.freePort()
  const config = kit.file(
    'haproxy.cfg',
    `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server ${timeoutServer}
frontend in
  bind 127.0.0.1:${port}
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
`,
  )
  const process = kit.spawn('/usr/sbin/haproxy', ['-db', '-q', '-f', config])
  await kit.accepts(port)
  return { port, process }
}

/** Starts Caddy before `origin`, which sends on each event as it comes. */
export async function startCaddy(kit: Kit, origin: number): Promise<Proxy> {
  const port = await kit.freePort()
  const config = kit.file(
    'Caddyfile',
    `{
  admin off
  auto_https off
  storage file_system ${kit.folder}/caddy
}
http://127.0.0.1:${port} {
  reverse_proxy 127.0.0.1:${origin} {
    flush_interval -1
  }
}
`,
  )
  const process = kit.spawn('caddy', ['run', '--config', config, '--adapter', 'caddyfile'])
  await kit.accepts(port)
  return { port, process }
}
