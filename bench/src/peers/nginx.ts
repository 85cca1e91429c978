// nginx as its documentation has it for streams: no buffering, HTTP/1.1, kept connections to the upstream; one worker.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { host, port, sayReady, upstream } from './start.ts'

const folder = mkdtempSync(join(tmpdir(), 'stopbit-bench-nginx-'))
const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
  (name) => `${name}_temp_path ${folder}/${name};`,
)
writeFileSync(
  join(folder, 'nginx.conf'),
  `daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 19000; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  client_max_body_size 32m;
  client_body_buffer_size 2m;
  keepalive_requests 1000000;
  upstream api { server ${upstream.host}; keepalive 256; keepalive_requests 1000000; }
  server {
    listen ${host}:${port} backlog=4096;
    location / {
      proxy_pass ${upstream.protocol}//api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_ssl_verify off;
    }
  }
}
`,
)
const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
nginx.on('error', (error) => end(`${error.message}\n`, 1))
nginx.on('exit', (code) => end('', code ?? 0))
process.once('SIGTERM', () => nginx.kill('SIGTERM'))

function end(words: string, code: number): void {
  process.stderr.write(words)
  rmSync(folder, { recursive: true, force: true })
  process.exit(code)
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

for (let tries = 0; tries < 100 && !(await answers()); tries++) await delay(50)
sayReady(port)
