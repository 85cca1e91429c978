import {
  DEFAULT_LIMITS,
  isBodySend,
  resolveSend,
  type Dialect,
  type Limits,
  type Trace,
  type UpstreamStep,
} from '@stopbit/traces'
import { expect, test } from 'vitest'
import { PlainRelay } from '../src/playground/play/plain-relay.ts'
import { playTrace, type PlayOptions } from '../src/playground/play/play-trace.ts'
import { whyNotPlayable } from '../src/playground/play/playability.ts'
import { startGateway } from './playground/gateway-process.ts'
import { SocketClient, type SocketAnswer } from './playground/socket-client.ts'
import { SocketUpstream } from './playground/socket-upstream.ts'
import { startSample } from './samples/start-sample.ts'
import { permutationsOf, suiteTraces } from './playground/suite-traces.ts'

// What may differ between a page without sockets and a real gateway, and is therefore taken out or left out here:
// - ids that the core makes up where the upstream gave none: they are random;
// - heartbeats: how many fit into a silence depends on when exactly it began, so the stalls here are shorter than the first one;
// - traces with waits: the suite plays them on sockets, and they would take minutes here.
const DIALECTS: readonly Dialect[] = ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini', 'opaque']

const traces = await suiteTraces()

/** The permutations of a dialect whose every step is one that both ends of this test can play. */
function playable(dialect: Dialect, may: (step: UpstreamStep) => boolean): Trace[] {
  return traces
    .filter((trace) => trace.dialect === dialect && whyNotPlayable(trace) === undefined && trace.limits === undefined)
    .filter(({ client }) => client.filter(({ do: step }) => step !== 'connect').length === 2) // asks once, and waits for the end
    .flatMap(permutationsOf)
    .filter(({ upstream }) => upstream.connections.every(({ script }) => script.every(may)))
}

const isQuick = (step: UpstreamStep): boolean =>
  step.do === 'barrier'
    ? step.until === 'client-has-complete-events'
    : ['read-request', 'send', 'chunk-end', 'fin', 'rst', 'loop'].includes(step.do) && !('everyMs' in step)

/** What a client has at a real proxy. */
async function ask(trace: Trace, upstream: SocketUpstream, port: number): Promise<SocketAnswer> {
  const client = new SocketClient()
  upstream.begin(trace, client)
  const answer = await client.ask(trace, port)
  await upstream.finish()
  return maskIds(answer)
}

async function agree(permutations: readonly Trace[], limits: Limits): Promise<void> {
  const upstream = new SocketUpstream()
  const port = await startGateway(await upstream.listen(), limits)
  for (const trace of permutations)
    expect(playedAnswer(trace, { limits }), trace.id).toEqual(await ask(trace, upstream, port))
}

function playedAnswer(trace: Trace, options: PlayOptions): SocketAnswer {
  const [exchange] = playTrace(trace, { ...options, paceMs: 0 }).exchanges
  if (exchange === undefined) throw new Error(`${trace.id} plays no exchange`)
  const { status, parts, end } = exchange.answer
  if (end === 'gone' || end === 'hangs' || status === undefined) throw new Error(`${trace.id} has no end: ${end}`)
  return maskIds({ status, body: Buffer.concat(parts.map(({ bytes }) => bytes)).toString(), end })
}

function maskIds(answer: SocketAnswer): SocketAnswer {
  return { ...answer, body: answer.body.replaceAll(/(req_stopbit_|resp_|msg_)[0-9a-f]{32}/g, '$1…') }
}

test('over five dialects the page gives a client the same bytes as the real gateway', { timeout: 60_000 }, async () => {
  const byDialect = DIALECTS.map((dialect) => playable(dialect, isQuick))
  for (const permutations of byDialect) expect(permutations.length).toBeGreaterThanOrEqual(3)
  expect(byDialect.flat().length).toBeGreaterThanOrEqual(150)
  await agree(byDialect.flat(), DEFAULT_LIMITS)
})

test('a silent upstream ends with the same bytes as at the real gateway', { timeout: 60_000 }, async () => {
  const permutations = DIALECTS.flatMap((dialect) =>
    playable(dialect, (step) => isQuick(step) || step.do === 'stall')
      .filter(({ id }) => id.endsWith('/ending:stall'))
      .slice(0, 5),
  )
  expect(permutations.length).toBeGreaterThanOrEqual(20)
  await agree(permutations, { ...DEFAULT_LIMITS, idleTimeoutMs: 150, heartbeatMs: 5_000 })
})

test(
  'the plain relay ends as a real one does: a program of this site that pipes a fetch',
  { timeout: 60_000 },
  async () => {
    const upstream = new SocketUpstream()
    const { url } = await startSample('finalize-or-destroy/naive.ts', { API_URL: await upstream.listen() })
    const machine: PlayOptions['machine'] = (context) => new PlainRelay(context)
    const permutations = playable('anthropic-messages', isQuick).filter(hasBytes)
    expect(permutations.length).toBeGreaterThanOrEqual(60)
    for (const trace of permutations) {
      const [drawn, real] = [playedAnswer(trace, { machine }), await ask(trace, upstream, Number(new URL(url).port))]
      expect({ status: drawn.status, end: drawn.end }, trace.id).toEqual({ status: real.status, end: real.end })
      // Destroying a connection takes along what was not written yet; nothing else may be missing.
      expect(drawn.body.startsWith(real.body), trace.id).toBe(true)
      if (real.end === 'whole') expect(drawn.body, trace.id).toBe(real.body)
    }
  },
)

/** The sample answers nothing before it has a head, and Node writes that with the first bytes of the body: a client has to have some. */
function hasBytes({ upstream }: Trace): boolean {
  const script = upstream.connections[0]?.script ?? []
  const barrier = script.findIndex((step) => step.do === 'barrier' || step.do === 'chunk-end')
  return script.slice(0, barrier).some((step) => isBodySend(step) && resolveSend(step).payload.byteLength > 0)
}
