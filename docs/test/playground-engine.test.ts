import { Exchange } from '@stopbit/exchange'
import type { Outcome, Trace } from '@stopbit/traces'
import { describe, expect, test } from 'vitest'
import { isTruthful, judgeClient, type ClientVerdict } from '../src/playground/play/judge-client.ts'
import { loadPermutation } from '../src/playground/play/load-permutation.ts'
import { PlainRelay } from '../src/playground/play/plain-relay.ts'
import { playTrace, type PlayOptions } from '../src/playground/play/play-trace.ts'
import { whyNotPlayable } from '../src/playground/play/playability.ts'
import type { Mark, Timeline } from '../src/playground/play/timeline.ts'
import { permutationsOf, suiteTraces } from './playground/suite-traces.ts'

const traces = await suiteTraces()
const played = traces.filter((trace) => whyNotPlayable(trace) === undefined)

/** What a trace may come to, as a client's verdict. */
const VERDICTS: { readonly [outcome in Outcome]: readonly ClientVerdict[] } = {
  completed: ['complete'],
  'completed-sentinel': ['sentinel'],
  'error-in-band': ['error-told'],
  'error-status': ['error-told'],
  'client-left': ['client-left'],
  incomplete: ['left-open-framing'],
  'no-response': [],
}

function verdictOf(trace: Trace, { exchanges }: Timeline): ClientVerdict {
  const verdicts = exchanges.map(({ answer }) => judgeClient(trace.dialect, answer))
  return verdicts.find((verdict) => !isTruthful(verdict)) ?? verdicts[0] ?? 'hangs'
}

async function play(id: string, options?: PlayOptions): Promise<Timeline> {
  return playTrace(await loadPermutation(id), options)
}

function bodyOf({ exchanges }: Timeline): string {
  return Buffer.concat(exchanges.flatMap(({ answer }) => answer.parts.map(({ bytes }) => bytes))).toString()
}

const kindsOf = (marks: readonly Mark[], lane: Mark['lane']): string[] =>
  marks.filter((mark) => mark.lane === lane).map(({ kind }) => kind)

describe('the core, played', () => {
  test.each(played.map((trace) => [trace.id, trace] as const))('%s ends as the trace allows', (_, trace) => {
    for (const permutation of permutationsOf(trace)) {
      const timeline = playTrace(permutation)
      expect(timeline.exchanges.length, permutation.id).toBeGreaterThan(0)
      for (const { answer } of timeline.exchanges) {
        const allowed = permutation.expect.outcome.flatMap((outcome) => VERDICTS[outcome])
        const isStatus = permutation.expect.outcome.includes('completed') && (answer.status ?? 0) >= 400
        const verdict = judgeClient(permutation.dialect, answer)
        if (!isStatus) expect(allowed, permutation.id).toContain(verdict)
        expect(isTruthful(verdict), permutation.id).toBe(true)
      }
      const times = timeline.marks.map(({ atMs }) => atMs)
      expect(times, permutation.id).toEqual(times.toSorted((a, b) => a - b))
    }
  })

  test('most traces can be played, and each of the others says why not', () => {
    expect(played.length).toBeGreaterThan(140)
    const left = traces.filter((trace) => !played.includes(trace))
    expect(left.length).toBeGreaterThan(20)
    for (const { upstream, id } of traces) {
      const isBelowHttp = upstream.tls === true || upstream.http === '2' || id.startsWith('listener/')
      if (isBelowHttp) expect(left.map((trace) => trace.id)).toContain(id)
    }
  })

  test('a silence is bounded by the limit that the trace sets, with heartbeats into it', async () => {
    const { marks, exchanges } = await play('anthropic/silent-stall')
    const fault = marks.find(({ kind }) => kind === 'fault')
    expect(fault).toMatchObject({ fault: 'body-timeout', limit: 'idleTimeoutMs' })
    const silent = marks.findLast((mark) => mark.lane === 'upstream' && mark.kind === 'bytes')
    expect((fault?.atMs ?? 0) - (silent?.atMs ?? 0)).toBe(25_000)
    const beats = marks.filter((mark) => mark.kind === 'bytes' && mark.lane === 'client' && mark.heartbeat)
    expect(beats.map(({ atMs }) => atMs - (silent?.atMs ?? 0))).toEqual([7_000, 14_000, 21_000])
    expect(exchanges[0]?.record).toMatchObject({ heartbeats: 3, ending: 'error' })
  })

  test('a race for a kept connection is seen by the upstream twice and by the client never', async () => {
    const { marks, exchanges, upstreamRequests } = await play('pool/idle-close-race')
    expect(upstreamRequests).toBe(3)
    expect(marks.find(({ kind }) => kind === 'retry')).toMatchObject({ reason: 'stale', delayMs: 0 })
    expect(exchanges.map(({ answer }) => answer.status)).toEqual([200, 200])
  })

  test('the ending policies change the end and nothing before it', async () => {
    const id = 'anthropic/cut-in-text/ending:rst'
    const [error, kept, truncated] = await Promise.all([
      play(id),
      play(id, { ending: 'keep-partial' }),
      play(id, { ending: 'truncate' }),
    ])
    const at = bodyOf(error).indexOf('event: error')
    expect(at).toBeGreaterThan(600)
    expect(bodyOf(kept).slice(0, at)).toBe(bodyOf(error).slice(0, at))
    expect(bodyOf(kept).slice(at)).toMatch(/^event: content_block_stop\n[^]*event: error\n/)
    expect(bodyOf(truncated).slice(at)).toMatch(/"max_tokens"[^]*event: message_stop\n/)
    expect(verdictOf(await loadPermutation(id), truncated)).toBe('truncation-told')
  })

  test('what is held back is not with the client, and what it gets is marked by who wrote it', async () => {
    const { marks, exchanges } = await play('anthropic/rst-mid-sse-856')
    expect(marks.filter(({ kind }) => kind === 'holds')).toMatchObject([{ byteLength: 383 }, { byteLength: 52 }])
    expect(kindsOf(marks, 'proxy')).toEqual(['attempt', 'holds', 'holds', 'fault'])
    const own = exchanges[0]?.answer.parts.filter(({ origin }) => origin === 'proxy') ?? []
    expect(own.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([expect.stringMatching(/^event: error\n/)])
  })
})

describe('a plain relay, played', () => {
  test.each([
    ['anthropic/cut-in-text/ending:rst', 'cut'],
    ['anthropic/cut-in-text/ending:fin', 'cut'],
    ['anthropic/cut-in-text/ending:eof', 'pretended'],
    ['anthropic/cut-in-text/ending:stall', 'hangs'],
    ['anthropic/connect-refused', 'raw-text'],
    ['anthropic/complete-text-and-tool', 'complete'],
    ['openai-chat/cut-after-finish-reason/ending:eof', 'pretended'],
    ['gemini/array-in-text/ending:eof', 'pretended'],
  ])('%s comes to: %s', async (id, verdict) => {
    const trace = await loadPermutation(id)
    const timeline = playTrace(trace, { machine: (context) => new PlainRelay(context) })
    expect(verdictOf(trace, timeline)).toBe(verdict)
  })

  test('it passes a healthy stream byte for byte, as the core does', async () => {
    const trace = await loadPermutation('anthropic/complete-text-and-tool')
    const plain = playTrace(trace, { machine: (context) => new PlainRelay(context) })
    expect(bodyOf(plain)).toBe(bodyOf(playTrace(trace)))
  })
})

/** The core with one thing broken: what it asks of the world goes through `spoil`. */
function broken(spoil: (sink: Sink) => Partial<Sink>): PlayOptions {
  return {
    machine: (context) => {
      const { sink } = context
      const spoilt = spoil(sink)
      const between = new Proxy(sink, {
        get: (target, name) => {
          const value: unknown = Reflect.get(spoilt, name) ?? Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
      return new Exchange({ ...context, sink: between })
    },
  }
}

type Sink = ConstructorParameters<typeof Exchange>[0]['sink']

const LIE = Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n')
const isClosing = (bytes: Uint8Array): boolean => Buffer.from(bytes).toString().startsWith('event: error')

describe('a broken core shows broken', () => {
  test.each<[string, ClientVerdict, PlayOptions]>([
    [
      'one that closes with a success that the upstream never sent',
      'pretended',
      broken((sink) => ({ write: (bytes) => sink.write(isClosing(bytes) ? LIE : bytes) })),
    ],
    [
      'one that leaves its closing out',
      'pretended',
      broken((sink) => ({ write: (bytes) => isClosing(bytes) || sink.write(bytes) })),
    ],
    ['one that never ends the response, until its own clock does', 'cut', broken(() => ({ end: () => undefined }))],
    [
      'one that destroys the connection in place of ending it',
      'cut',
      broken((sink) => ({ end: () => sink.abortDownstream() })),
    ],
    ['one that is never woken', 'hangs', broken(() => ({ wakeAt: () => undefined }))],
  ])('%s', async (_, verdict, options) => {
    const trace = await loadPermutation('anthropic/cut-in-text/ending:stall')
    expect(verdictOf(trace, playTrace(trace))).toBe('error-told')
    expect(verdictOf(trace, playTrace(trace, options))).toBe(verdict)
  })

  test('one that answers a failure with the text of the runtime', async () => {
    const trace = await loadPermutation('anthropic/rst-before-head')
    const leak = Buffer.from('read ECONNRESET')
    const options = broken((sink) => ({ write: () => sink.write(leak) }))
    expect(verdictOf(trace, playTrace(trace, options))).toBe('raw-text')
  })
})
