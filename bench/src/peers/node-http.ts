// node:http on both sides and a pipe in between: what the ratios are of.
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent as TlsAgent, request as httpsRequest } from 'node:https'
import { listen, upstream } from './start.ts'

const isTls = upstream.protocol === 'https:'
const agent = isTls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
const ask = isTls ? httpsRequest : httpRequest

listen(
  createServer((request: IncomingMessage, response: ServerResponse) => {
    const { method, headers, url: path } = request
    const upstreamRequest = ask(upstream, { method, headers: { ...headers, host: upstream.host }, path, agent })
    upstreamRequest.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('error', () => response.destroy())
      answer.pipe(response)
    })
    upstreamRequest.on('error', () => response.destroy())
    response.on('close', () => upstreamRequest.destroy())
    request.pipe(upstreamRequest)
  }),
)
