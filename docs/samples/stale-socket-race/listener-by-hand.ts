import { createServer } from 'node:http'

const server = createServer((_request, response) => response.end('{}'))
// nginx closes idle connections after 60 s: it has to be the first of the two.
server.keepAliveTimeout = 75_000
server.headersTimeout = 60_000
server.requestTimeout = 300_000
server.timeout = 0 // any other number destroys a stream that is silent for so long
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
