// A relay that makes one byte of each event another.
import { createServer, request as ask } from 'node:http'
import { listen, upstream } from '../src/peers/start.ts'

listen(
  createServer((request, response) => {
    const { method, headers, url: path } = request
    const relayed = ask(upstream, { method, headers, path }, (answer) => {
      response.writeHead(200)
      answer.on('data', (bytes: Buffer) => response.write(bytes.toString().replaceAll('aaa', 'aab')))
      answer.on('end', () => response.end())
      answer.on('error', () => response.destroy())
    })
    relayed.on('error', () => response.destroy())
    response.on('close', () => relayed.destroy())
    request.pipe(relayed)
  }),
)
