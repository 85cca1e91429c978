// The same as node-server.ts on Bun's own server.
import { readFileSync } from 'node:fs'

interface BunServer {
  readonly port: number
  stop(closeActiveConnections: boolean): void
}

declare const Bun: {
  serve(options: { port: number; hostname: string; fetch: (request: Request) => Promise<Response> }): BunServer
}

const script = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  headers: Record<string, string>
  events: string[]
}
let current: ReadableStreamDefaultController<Uint8Array> | undefined

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    await request.arrayBuffer()
    const encoder = new TextEncoder()
    let next = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        current = controller
        const event = script.events[next]
        next += 1
        if (event !== undefined) controller.enqueue(encoder.encode(event))
        else {
          process.stdout.write('SENT\n')
          return new Promise(() => undefined)
        }
        return undefined
      },
    })
    return new Response(body, { headers: script.headers })
  },
})

process.stdin.on('data', (bytes: Buffer) => {
  const line = bytes.toString().trim()
  if (line === 'error') current?.error(new Error('The generator failed'))
  if (line === 'stop') server.stop(true)
})
process.stdout.write(`PORT ${server.port}\n`)
