import { once } from 'node:events'
import { renderSnippet } from '@stopbit/server-presets'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent, request } from 'undici'
import { chunk, EVENTS, startRawUpstream, STREAM_HEAD } from '../raw-upstream.ts'
import { MESSAGES_REQUEST } from '../test-gateway.ts'
import { SCALE, startScaledGateway, type ScaledGateway } from './scaled-gateway.ts'
import { findFreePort, FRONT_NAMES, startFront, type FrontName } from './start-front.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
const IDLE_MS = 60_000 * SCALE
/** Around the limit: below it a front uses its connections again, above it has closed them. */
const OFFSETS_MS = [-100, -60, -30, -10, -3, 0, 5, 20, 60]
const CONNECTIONS = 25

/** A front with our snippet, whose limits are scaled as the gateway's, before a gateway. */
async function startFronted(name: FrontName, gateway: ScaledGateway): Promise<string> {
  const port = await findFreePort()
  const upstream = `127.0.0.1:${gateway.port}`
  await startFront(name, renderSnippet(name, { upstream, listen: `127.0.0.1:${port}`, idleMs: IDLE_MS }), port)
  return `http://127.0.0.1:${port}/v1/messages`
}

/** A client whose own connections to the front are kept all the time: only those behind it are tested. */
function createClient(): { burst: (url: string) => Promise<string[]> } {
  const dispatcher = new Agent({ connections: CONNECTIONS, keepAliveTimeout: 30_000, keepAliveTimeoutThreshold: 0 })
  onTestFinished(() => dispatcher.destroy())
  async function postTwice(url: string): Promise<string[]> {
    const outcomes: string[] = []
    for (let count = 0; count < 2; count++) {
      const { statusCode, body } = await request(url, { ...MESSAGES_REQUEST, dispatcher })
      await body.dump()
      outcomes.push(String(statusCode))
    }
    return outcomes
  }
  const post = (url: string): Promise<string[]> => postTwice(url).catch((error: Error) => [error.message])
  return { burst: async (url) => (await Promise.all(Array.from({ length: CONNECTIONS }, () => post(url)))).flat() }
}

describe.each(FRONT_NAMES)('behind %s with our snippet', (name) => {
  test('500 POSTs over idle gaps around its limit: none is lost', { timeout: 60_000 }, async () => {
    const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
      for (;;) {
        await readRequest()
        socket.write(ANSWER)
      }
    })
    const gateway = await startScaledGateway(upstream.url)
    const url = await startFronted(name, gateway)
    const { burst } = createClient()
    const outcomes = await burst(url)
    for (const offset of OFFSETS_MS) {
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS + offset)) // the gap is what is tested
      outcomes.push(...(await burst(url)))
    }
    expect(outcomes.filter((outcome) => outcome !== '200')).toEqual([])
    expect(outcomes).toHaveLength(500)
    expect(gateway.listener).toMatchObject({ requests: 500, racedRequests: 0, idleClosed: 0 })
    expect(gateway.listener.reusedRequests).toBeGreaterThan(0)
    expect(gateway.records).toHaveLength(500)
  })

  test('the first event of a stream is at the client before the second is sent', async () => {
    const mayGoOn = Promise.withResolvers<void>()
    const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
      await readRequest()
      socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
      await mayGoOn.promise
      socket.write(`${chunk(EVENTS.slice(4).join('')).toString()}0\r\n\r\n`)
    })
    const gateway = await startScaledGateway(upstream.url)
    const { body } = await request(await startFronted(name, gateway), MESSAGES_REQUEST)
    let received = ''
    body.on('data', (data: Buffer) => (received += data.toString()))
    await expect.poll(() => received, { timeout: 5_000 }).toBe(EVENTS.slice(0, 4).join(''))
    mayGoOn.resolve()
    await once(body, 'end')
    expect(received).toBe(EVENTS.join(''))
  })
})
