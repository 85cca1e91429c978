// The upstream: a raw HTTP/1.1 server with answers that are made before they are asked for. Started by the runner, told by IPC.
import { createServer as createNetServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Work } from '../scenarios.ts'
import { MessageReader } from '../wire/message-reader.ts'
import { PLAIN_PATH, WINDOW_HEADER } from '../wire/request.ts'
import { answerWith, type Answer } from './answer.ts'
import { reset } from './reset.ts'

/** What the runner tells. The answer to each is a `Reply`. */
export type UpstreamCommand =
  | { readonly command: 'listen'; readonly key: string; readonly certificate: string }
  | { readonly command: 'serve'; readonly work: Work; readonly window: number }
  | { readonly command: 'count' }

export type UpstreamReply =
  | { readonly reply: 'listening'; readonly port: number; readonly tlsPort: number }
  | { readonly reply: 'serving' }
  /** Since the last `serve`: requests whose body was not what the client had sent, and what the first of them was. */
  | { readonly reply: 'count'; readonly wrongRequests: number; readonly firstWrong: string }

const WINDOW = new RegExp(`\\r\\n${WINDOW_HEADER}: *(\\d+)`, 'i')

let answer: Answer | undefined
let currentWindow = 0
let wrongRequests = 0
let firstWrong = ''

async function obey(command: UpstreamCommand): Promise<UpstreamReply> {
  switch (command.command) {
    case 'listen': {
      const { key, certificate: cert } = command
      const port = await listen(createNetServer({ noDelay: true }, accept))
      return { reply: 'listening', port, tlsPort: await listen(createTlsServer({ key, cert, noDelay: true }, accept)) }
    }
    case 'serve':
      answer?.stop()
      answer = answerWith(command.work)
      currentWindow = command.window
      wrongRequests = 0
      return { reply: 'serving' }
    case 'count':
      return { reply: 'count', wrongRequests, firstWrong }
  }
}

function accept(socket: Socket): void {
  let isPlain = false
  let length = 0
  let isWrong = false
  let window: number | undefined
  let heardIn = 0
  let lastHead = ''
  const complain = (): void => {
    if (wrongRequests++ === 0)
      firstWrong = `${length} bytes where ${answer?.prompt.length} were sent: ${JSON.stringify(lastHead)}`
  }
  const reader = new MessageReader('request', {
    onHead(head) {
      lastHead = head
      isPlain = head.includes(PLAIN_PATH)
      window = windowOf(head)
      heardIn = currentWindow
      length = 0
      isWrong = false
    },
    onBody(bytes) {
      const { prompt } = answer ?? {}
      const end = length + bytes.length
      isWrong ||= prompt === undefined || end > prompt.length || bytes.compare(prompt, length, end) !== 0
      length = end
    },
    onEnd() {
      // Its body may have come after the next window had begun.
      if ((window ?? heardIn) !== currentWindow) return reset(socket)
      // Without the header it may be a late one, whose prompt was another.
      if (window !== undefined && (isWrong || length !== answer?.prompt.length)) complain()
      answer?.respond(socket, isPlain)
    },
  })
  socket.setMaxListeners(0)
  socket.on('error', () => undefined) // proxies and their clients leave as they like
  socket.on('data', (bytes) => {
    try {
      reader.push(bytes)
    } catch {
      socket.destroy()
    }
  })
}

/** A proxy that writes requests of its own leaves the header out. */
function windowOf(head: string): number | undefined {
  const window = WINDOW.exec(head)?.[1]
  return window === undefined ? undefined : Number(window)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve((server.address() as AddressInfo).port))
  })
}

process.on('message', (command: UpstreamCommand) => {
  void obey(command).then((reply) => process.send?.(reply, undefined, undefined, () => undefined))
})
process.on('disconnect', () => process.exit(0))
