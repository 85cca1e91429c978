// A Node server that streams what a file says, tells when it has, and then fails as a line on stdin says.
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

interface Script {
  readonly headers: Record<string, string>
  readonly events: readonly string[]
  readonly ends: boolean
}

const script = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Script
const responses: ServerResponse[] = []

const server = createServer((request, response) => {
  responses.push(response)
  request.resume().on('end', () => {
    response.writeHead(200, script.headers)
    response.socket?.setNoDelay(true)
    sendFrom(0, response)
  })
})

/** One write after the other, so that each event is a chunk of its own. */
function sendFrom(index: number, response: ServerResponse): void {
  const event = script.events[index]
  if (event !== undefined) return void response.write(event, () => sendFrom(index + 1, response))
  if (script.ends) response.end()
  process.stdout.write('SENT\n')
}

const failures: Record<string, () => void> = {
  destroy: () => responses.at(-1)?.destroy(),
  reset: () => responses.at(-1)?.socket?.resetAndDestroy(),
  exit: () => process.exit(1),
  'close-all': () => {
    server.close()
    server.closeAllConnections()
  },
  end: () => responses.at(-1)?.end(),
}
createInterface({ input: process.stdin }).on('line', (line) => failures[line]?.())
server.listen(0, '127.0.0.1', () => process.stdout.write(`PORT ${(server.address() as AddressInfo).port}\n`))
