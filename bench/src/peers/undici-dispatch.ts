// undici's handler interface, whose chunks are written as they come.
import { createServer } from 'node:http'
import { Agent, type Dispatcher } from 'undici'
import { listen, upstream } from './start.ts'

const agent = new Agent()

listen(
  createServer((request, response) => {
    let controller: Dispatcher.DispatchController | undefined
    response.on('close', () => controller?.abort(new Error('client gone')))
    response.on('drain', () => controller?.resume())
    const { host: _host, connection: _connection, ...headers } = request.headers
    agent.dispatch(
      {
        origin: upstream.origin,
        path: request.url ?? '/',
        method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
        headers,
        body: request,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart: (started) => (controller = started),
        onResponseStart(_controller, status, answerHeaders) {
          delete answerHeaders['transfer-encoding']
          response.writeHead(status, answerHeaders)
        },
        onResponseData(started, chunk) {
          if (!response.write(chunk)) started.pause()
        },
        onResponseEnd: () => response.end(),
        onResponseError: () => response.destroy(),
      },
    )
  }),
)
