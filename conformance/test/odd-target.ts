// A right target with odd habits, all of them legal: the reference proxy, seen through ODD. The suite must not blame it.
import { spawn } from 'node:child_process'
import http from 'node:http'
import type net from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const way = process.env['ODD'] ?? ''
const CRLF = Buffer.from('\r\n')
const PROXY = fileURLToPath(new URL('../mutants/reference-proxy.ts', import.meta.url))

const child = spawn(process.execPath, ['--conditions=@stopbit/source', PROXY], {
  env: { ...process.env, STOPBIT_LISTEN_PORT: '0', MUTANT: '' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
process.on('exit', () => child.kill('SIGKILL'))
process.on('SIGTERM', () => process.exit(0))

createInterface({ input: child.stdout }).once('line', (line) => {
  const { port } = JSON.parse(line.replace('STOPBIT_READY ', '')) as { port: number }
  const server = http.createServer((request, response) => relay(port, request, response))
  server.listen(0, '127.0.0.1', () => {
    const address = server.address() as net.AddressInfo
    process.stdout.write(`starting\r\nSTOPBIT_READY {"port":${address.port},"versions":{"odd":"1.0"}}\r\n`)
  })
})

/** Writes the answer by hand on the client's socket: what node:http would tidy up must stay odd. */
function relay(port: number, request: http.IncomingMessage, response: http.ServerResponse): void {
  const client = response.socket
  if (client === null) return
  const { method = 'GET', url = '/', headers } = request
  const inner = http.request({ port, host: '127.0.0.1', method, path: url, headers, agent: false }, (answer) => {
    client.write(headOf(answer))
    answer.on('data', (bytes: Buffer) => client.write(framed(bytes)))
    answer.on('end', () => {
      if (way === 'chunks') client.write('000000000000;last\r\nX-Trailer: 1\r\nx-other:\t2 \r\n\r\n')
      client.end(way === 'interim' ? '0\r\n\r\n' : '')
    })
    answer.on('error', () => client.resetAndDestroy())
  })
  inner.on('error', () => client.resetAndDestroy())
  client.on('close', () => inner.destroy())
  request.pipe(inner)
}

function headOf({ statusCode = 502, headers }: http.IncomingMessage): string {
  const framing = way === 'http-1.0' ? '' : 'tRANSFER-eNCODING: Chunked\r\n'
  const type = `CONTENT-Type:\t${(headers['content-type'] ?? '').replace('; charset', ' ;charset')}  \r\n`
  const interim = way === 'interim' ? 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n' : ''
  const version = way === 'http-1.0' ? 'HTTP/1.0' : 'HTTP/1.1'
  return `${interim}${version} ${statusCode}\r\n${type}Empty:\r\nconnection: CLOSE\r\n${framing}\r\n`
}

/** Chunks of one byte with leading zeros and an extension, one chunk, or nothing around it. */
function framed(bytes: Buffer): Buffer {
  if (way === 'http-1.0') return bytes
  if (way !== 'chunks') return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, CRLF])
  return Buffer.concat([...bytes].flatMap((byte) => [Buffer.from('0000000001 ;a="b"\r\n'), Buffer.of(byte), CRLF]))
}
