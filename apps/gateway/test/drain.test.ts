import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { chunk, connectRaw, EVENTS, startRawUpstream, STREAM_HEAD } from './raw-upstream.ts'
import { MESSAGES_REQUEST } from './test-gateway.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const STREAMS = 200
const DEADLINE_MS = 3_000

/** The gateway as a process of its own; killed when the test is over. */
async function startGatewayProcess(upstreamUrl: string): Promise<{ port: number; stop: () => Promise<number | null> }> {
  const args = ['gateway', '--upstream', upstreamUrl, '--port', '0', '--drain-deadline-ms', String(DEADLINE_MS)]
  const child = spawn(process.execPath, ['--conditions=@stopbit/source', MAIN, ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit') as Promise<[number | null]>
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(/"port":(\d+)/.exec(line.toString())?.[1])
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      return (await exit)[0]
    },
  }
}

/** All that comes on a connection, and a promise for the moment at which the stream has begun. */
function readStream(socket: Socket): { begun: Promise<void>; whole: Promise<string> } {
  const begun = Promise.withResolvers<void>()
  let text = ''
  socket.on('data', (data: Buffer) => {
    text += data.toString()
    if (text.includes('content_block_delta')) begun.resolve()
  })
  socket.once('close', () => begun.reject(new Error(`closed after ${text}`)))
  return { begun: begun.promise, whole: once(socket, 'close').then(() => text) }
}

test(
  `SIGTERM with ${STREAMS} open streams: each ends with a terminal event and a framed end, and the gateway with 0 in time`,
  { timeout: 60_000 },
  async () => {
    const goOn: (() => void)[] = []
    const upstream = await startRawUpstream(async ({ socket, readRequest, count }) => {
      await readRequest()
      socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
      // A third ends by itself while the gateway drains, the others do not.
      if (count % 3 === 0) goOn.push(() => socket.write(`${chunk(EVENTS.slice(4).join('')).toString()}0\r\n\r\n`))
    })
    const gateway = await startGatewayProcess(upstream.url)
    const { body } = MESSAGES_REQUEST
    const streams = Array.from({ length: STREAMS }, () => {
      const client = connectRaw(gateway.port)
      client.write(`POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      return readStream(client)
    })
    await Promise.all(streams.map(({ begun }) => begun))
    const stoppedAt = performance.now()
    const exit = gateway.stop()
    // The listener is closed at once, which is when the drain has begun.
    await expect.poll(() => canConnect(gateway.port), { timeout: 2_000 }).toBe(false)
    for (const end of goOn) end()
    const texts = await Promise.all(streams.map(({ whole }) => whole))
    expect(await exit).toBe(0)
    expect(performance.now() - stoppedAt).toBeLessThan(DEADLINE_MS + 3_000)
    const endings = texts.map((text) => text.endsWith('\r\n0\r\n\r\n') && terminalOf(text))
    expect(howMany(endings, 'message_stop')).toBe(goOn.length)
    expect(howMany(endings, 'error')).toBe(STREAMS - goOn.length)
  },
)

/** The last event of a stream, if it is one that ends it. */
function terminalOf(text: string): string | undefined {
  const events = [...text.matchAll(/^event: (\w+)/gm)].map(([, name]) => name)
  return events.filter((name) => name === 'message_stop' || name === 'error').length === 1 ? events.at(-1) : undefined
}

function howMany(values: readonly unknown[], value: unknown): number {
  return values.filter((each) => each === value).length
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connectRaw(port)
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return connected
}
