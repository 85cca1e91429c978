import { DRAIN_PRESETS, renderSnippet } from '@stopbit/server-presets'
import { expect, onTestFinished, test } from 'vitest'
import { Agent, request } from 'undici'
import { startGatewayProcess, type GatewayProcess } from '../operator/gateway-process.ts'
import { startRawUpstream } from '../raw-upstream.ts'
import { MESSAGES_REQUEST } from '../test-gateway.ts'
import { SCALE } from './scaled-gateway.ts'
import { findFreePort, startFront } from './start-front.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
const { drainDelayMs, drainDeadlineMs } = DRAIN_PRESETS.kubernetes
/** Scaled by a fifth: 2 s to be taken out, 5 s in all. */
const KUBERNETES = {
  drainDelayMs: String(drainDelayMs.value / 5),
  drainDeadlineMs: String(drainDeadlineMs.value / 5),
}
const AT_ONCE = { ...KUBERNETES, drainDelayMs: 'off' }
/** How often readiness is asked for, as a front's health check does. */
const PROBE_MS = 300
const MAX_PROBES = 30
const CLIENTS = 8
const MAX_REQUESTS = 20_000
const PATIENCE = { timeout: 10_000 }

type Snippet = (gateways: readonly GatewayProcess[], port: number) => string

/** Our snippet for the gateways that are ready. */
const ourSnippet: Snippet = (gateways, port) => {
  const [first, ...others] = gateways.map(({ url }) => new URL(url).host)
  const numbers = { upstream: first ?? '', listen: `127.0.0.1:${port}`, idleMs: 60_000 * SCALE }
  const server = /^ *server \S+ (max_fails.*;)$/m
  return renderSnippet('nginx', numbers).replace(server, (line, rest: string) =>
    [line, ...others.map((other) => `    server ${other} ${rest}`)].join('\n'),
  )
}

/** As the proxies of Kubernetes: a request that a server does not take is lost, and the next one is sent there all the same. */
const tryNoOther: Snippet = (gateways, port) =>
  ourSnippet(gateways, port)
    .replaceAll('max_fails=1 fail_timeout=5s', 'max_fails=0')
    .replace('proxy_next_upstream error;', 'proxy_next_upstream off;')

/** Stops one of two gateways under load, and takes it out of the front when its `/readyz` says so. */
async function stopOneUnderLoad(snippet: Snippet, drain: Readonly<Record<string, string>>) {
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    for (;;) {
      await readRequest()
      socket.write(ANSWER)
    }
  })
  const options = { listenerKeepaliveMs: String(75_000 * SCALE), ...drain }
  const leaving = await startGatewayProcess(upstream.url, options)
  const staying = await startGatewayProcess(upstream.url, options)
  const port = await findFreePort()
  const front = await startFront('nginx', snippet([leaving, staying], port), port)
  const load = startClients(`http://127.0.0.1:${port}/v1/messages`)
  await expect.poll(() => Math.min(servedBy(leaving), servedBy(staying)), PATIENCE).toBeGreaterThan(20)
  expect(await readiness(leaving)).toBe(200)

  const exit = leaving.stop()
  await leaving.logged(({ msg }) => msg === 'stopping')
  const first = await readiness(leaving)
  const servedAtStop = servedBy(leaving)
  let last = 200
  for (let probe = 0; probe < MAX_PROBES && last === 200; probe++) {
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS)) // the time that readiness takes to be known
    last = await readiness(leaving)
  }
  const servedUnready = servedBy(leaving) - servedAtStop
  // Open-source nginx has no health check of its own.
  await front.reload(snippet([staying], port))
  const code = await exit
  const stayingServed = servedBy(staying)
  await expect.poll(() => servedBy(staying), PATIENCE).toBeGreaterThan(stayingServed + 20)
  const outcomes = await load.stop()
  expect(await readiness(staying)).toBe(200)
  return { first, last, servedUnready, code, lost: outcomes.filter((outcome) => outcome !== '200') }
}

/** Clients that never retry, and never stop by themselves. */
function startClients(url: string): { stop: () => Promise<readonly string[]> } {
  const dispatcher = new Agent({ pipelining: 0 })
  onTestFinished(() => dispatcher.destroy())
  const outcomes: string[] = []
  let isOver = false
  onTestFinished(() => void (isOver = true))
  const client = async (): Promise<void> => {
    while (!isOver && outcomes.length < MAX_REQUESTS) {
      const outcome = await request(url, { ...MESSAGES_REQUEST, dispatcher }).then(
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
  return {
    async stop() {
      isOver = true
      await clients
      return outcomes
    },
  }
}

function servedBy({ log }: GatewayProcess): number {
  return log.filter(({ msg }) => msg === 'exchange').length
}

/** What `/readyz` answers; 0 if nobody is there any more. */
async function readiness({ admin }: GatewayProcess): Promise<number> {
  return fetch(`${admin}readyz`).then(
    ({ status }) => status,
    () => 0,
  )
}

test.each([
  ['nginx with our snippet', ourSnippet],
  ['a front that tries no other server', tryNoOther],
])(
  'with the kubernetes preset %s loses no request while /readyz has a gateway taken out',
  { timeout: 60_000 },
  async (_front, snippet) => {
    const { first, last, servedUnready, code, lost } = await stopOneUnderLoad(snippet, KUBERNETES)
    expect([first, last]).toEqual([503, 503])
    expect(servedUnready).toBeGreaterThan(0)
    expect(lost).toEqual([])
    expect(code).toBe(0)
  },
)

test('without its delay a front that tries no other server loses requests', { timeout: 60_000 }, async () => {
  const { lost, code } = await stopOneUnderLoad(tryNoOther, AT_ONCE)
  expect(lost.length).toBeGreaterThan(0)
  expect(code).toBe(0)
})
