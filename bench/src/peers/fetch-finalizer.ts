// The bare fetch relay with the five lines that end a stream which was cut, and know nothing of how far it had come.
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createFetchRelay } from './fetch-relay.ts'
import { listen, upstream } from './start.ts'

const ERROR = 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"The stream was cut."}}\n\n'

async function* finished(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch {
    yield new TextEncoder().encode(ERROR)
  }
}

const listener = getRequestListener(createFetchRelay(upstream, (body) => ReadableStream.from(finished(body))))
listen(createServer((request, response) => void listener(request, response)))
