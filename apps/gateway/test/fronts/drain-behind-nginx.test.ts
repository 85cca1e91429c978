import { DRAIN_PRESETS, renderSnippet } from '@stopbit/server-presets'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, request } from 'undici'
import { startRawUpstream } from '../raw-upstream.ts'
import { MESSAGES_REQUEST } from '../test-gateway.ts'
import { SCALE, startScaledGateway, type ScaledGateway } from './scaled-gateway.ts'
import { findFreePort, startFront } from './start-front.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
const { drainDelayMs, drainDeadlineMs } = DRAIN_PRESETS.kubernetes
/** Scaled by a fifth: 2 s to be taken out, 5 s in all. */
const DRAIN = { drainDelayMs: drainDelayMs.value / 5, drainDeadlineMs: drainDeadlineMs.value / 5 }
/** How often readiness is asked for, as the kubelet does, and so how long it takes to be known. */
const PROBE_MS = 300
const CLIENTS = 8
const MAX_REQUESTS = 20_000
const PATIENCE = { timeout: 10_000 }

/** The snippet for two gateways, of which those that are not ready are left out. */
function snippetFor(gateways: readonly ScaledGateway[], port: number): string {
  const [first, ...others] = gateways.map((gateway) => `127.0.0.1:${gateway.port}`)
  const numbers = { upstream: first ?? '', listen: `127.0.0.1:${port}`, idleMs: 60_000 * SCALE }
  const server = /^ *server \S+ (max_fails.*;)$/m
  return renderSnippet('nginx', numbers).replace(server, (line, rest: string) =>
    [line, ...others.map((other) => `    server ${other} ${rest}`)].join('\n'),
  )
}

test(
  'with the kubernetes preset no request is lost while a health check takes a gateway out of nginx',
  { timeout: 60_000 },
  async () => {
    const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
      for (;;) {
        await readRequest()
        socket.write(ANSWER)
      }
    })
    const [leaving, staying] = [await startScaledGateway(upstream.url, DRAIN), await startScaledGateway(upstream.url)]
    const port = await findFreePort()
    const front = await startFront('nginx', snippetFor([leaving, staying], port), port)

    // Clients that never retry, and never stop
    const dispatcher = new Agent({ pipelining: 0 })
    onTestFinished(() => dispatcher.destroy())
    const outcomes: string[] = []
    let isOver = false
    onTestFinished(() => void (isOver = true))
    const client = async (): Promise<void> => {
      while (!isOver && outcomes.length < MAX_REQUESTS) {
        const outcome = await request(`http://127.0.0.1:${port}/v1/messages`, { ...MESSAGES_REQUEST, dispatcher }).then(
          async ({ statusCode, body }) => {
            await body.dump()
            return String(statusCode)
          },
          (error: Error) => error.message,
        )
        outcomes.push(outcome)
      }
    }
    const clients = Promise.all(Array.from({ length: CLIENTS }, client))
    await expect.poll(() => Math.min(leaving.records.length, staying.records.length), PATIENCE).toBeGreaterThan(20)

    // The health check: open-source nginx has none of its own, so it is reloaded without the gateway that is not ready
    const stopped = leaving.stop()
    const servedAtStop = leaving.records.length
    expect([leaving.isReady, staying.isReady]).toEqual([false, true])
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS)) // the time that readiness takes to be known
    const servedUnready = leaving.records.length - servedAtStop
    await front.reload(snippetFor([staying], port))
    await stopped
    const stayingServed = staying.records.length
    await expect.poll(() => staying.records.length, PATIENCE).toBeGreaterThan(stayingServed + 20)
    isOver = true
    await clients
    expect(servedUnready).toBeGreaterThan(0)
    expect(outcomes.filter((outcome) => outcome !== '200')).toEqual([])
    expect(outcomes).toHaveLength(leaving.records.length + staying.records.length)
  },
)
