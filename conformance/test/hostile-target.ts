// A target that attacks the harness. HOSTILE names the way. Nearly every answer is its own.
import net from 'node:net'
import { gzipSync } from 'node:zlib'

const way = process.env['HOSTILE'] ?? ''
const MIB = 1024 * 1024
const STREAM = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n'
const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const BOMB = way === 'gzip-bomb' ? gzipSync(Buffer.alloc(512 * MIB)) : Buffer.alloc(0)

/** Writes the same bytes until the client has had enough. */
function pour(client: net.Socket, bytes: Buffer): void {
  const more = (): void => {
    while (!client.destroyed && client.write(bytes));
  }
  client.on('drain', more)
  more()
}

const ANSWERS: { readonly [way: string]: (client: net.Socket) => void } = {
  'endless-body': (client) => {
    client.write(`${STREAM}\r\n`)
    pour(client, Buffer.alloc(MIB, 'x'))
  },
  'endless-events': (client) => {
    client.write(`${STREAM}\r\n`)
    pour(client, Buffer.from('\n\n'.repeat(MIB / 16)))
  },
  'endless-chunk-line': (client) => {
    client.write(`${STREAM}transfer-encoding: chunked\r\n\r\n1;`)
    pour(client, Buffer.alloc(MIB, 'x'))
  },
  'endless-trailers': (client) => {
    client.write(`${STREAM}transfer-encoding: chunked\r\n\r\n0\r\n`)
    pour(client, Buffer.from('a: b\r\n'.repeat(10_000)))
  },
  'huge-chunk': (client) => {
    client.write(`${STREAM}transfer-encoding: chunked\r\n\r\nffffffff\r\n`)
    pour(client, Buffer.alloc(MIB, 'x'))
  },
  'endless-interim-heads': (client) => pour(client, Buffer.from('HTTP/1.1 100\r\n\r\n'.repeat(10_000))),
  'blank-header': (client) => client.end(`HTTP/1.1 200 OK\r\nx: a${' '.repeat(MIB - 1_000)}b\r\n\r\n`),
  'huge-header': (client) => client.end(`HTTP/1.1 200 OK\r\nno colon ${'x'.repeat(MIB - 1_000)}\r\n\r\n`),
  'gzip-bomb': (client) => {
    client.write(`${JSON_HEAD}content-encoding: gzip\r\ncontent-length: ${BOMB.length}\r\n\r\n`)
    client.end(BOMB)
  },
}

const server = net.createServer((client) => {
  client.on('error', () => undefined)
  client.once('data', (request) => (way === 'deep-json' ? answerDeep(client, request) : ANSWERS[way]?.(client)))
  if (way === 'endless-upload') upload()
})

/** Lets the upstream play its part, and answers with JSON that no recursion gets through. */
function answerDeep(client: net.Socket, request: Buffer): void {
  const { hostname, port } = new URL(process.env['STOPBIT_UPSTREAM_URL'] ?? '')
  const deep = `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`
  const origin = net.connect(Number(port), hostname).on('error', () => undefined)
  origin.write(request)
  origin.resume().once('close', () => client.end(`${JSON_HEAD}content-length: ${deep.length}\r\n\r\n${deep}`))
}

/** Sends a request to the upstream that has no end. */
function upload(): void {
  const { hostname, port } = new URL(process.env['STOPBIT_UPSTREAM_URL'] ?? '')
  const origin = net.connect(Number(port), hostname)
  origin.on('error', () => undefined)
  origin.write('POST /v1/messages HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n')
  pour(origin, Buffer.alloc(MIB, 'x'))
}

server.listen(Number(process.env['STOPBIT_LISTEN_PORT']), '127.0.0.1', () => {
  if (way === 'noisy-stdout') for (let index = 0; index < 640; index += 1) process.stdout.write('x'.repeat(MIB))
})
