import { describe, expect, test } from 'vitest'
import type { Attempt, Observation, SoakRecord } from './exchange.ts'
import type { Probe } from './gateway-process.ts'
import { judgeExchange } from './judge-exchange.ts'
import { judgeProcess, judgeSample } from './judge-process.ts'
import { Ledger } from './ledger.ts'
import { planSession, type ExchangePlan } from './plan.ts'
import { Random } from './random.ts'
import { runSoak } from './run-soak.ts'
import { makeStream } from './streams.ts'

const SEED = 20_260

test(
  'twenty seconds of all faults: everything settles, and the process is as it was',
  { timeout: 120_000 },
  async () => {
    const report = await runSoak({
      seed: SEED,
      seconds: 6,
      warmUpSeconds: 2,
      parallel: 80,
      maxLateShare: 0.2, // other tests run at the same time
      mayMiss: 10, // of some sixty kinds, in so short a time
      onProgress: () => undefined,
    })
    expect(report.problems, report.summary).toEqual([])
  },
)

test('planSession() plans the same for the same seed, and something else for another', () => {
  expect(planSession(SEED, 7)).toEqual(planSession(SEED, 7))
  expect(planSession(SEED, 7)).not.toEqual(planSession(SEED + 1, 7))
})

const PLAN: ExchangePlan = {
  id: 'x1-0',
  wire: 'anthropic',
  upstream: 'whole',
  upstreamAgain: 'whole',
  client: 'read',
  requestBytes: 200,
  chances: 1,
}
const { events, toolIndex } = makeStream(new Random(1), 'anthropic', 'x1-0', 'usual')
const WHOLE = events.join('')
const BEGINNING = events.slice(0, toolIndex).join('')
const ERROR = 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"It was lost."}}\n\n'
const RECORD: SoakRecord = { id: 'x1-0', ending: 'completed', fault: undefined, status: 200, clientStalled: false }

/** An exchange that went well: the upstream sent `sent`, the client got `body`. */
function observe(
  { sent, body, answer = 'whole' }: { sent: string; body: string; answer?: Attempt['answer'] },
  doctored: Partial<Observation> = {},
): Observation {
  const attempt: Attempt = { behaviour: 'whole', answer, status: 200, sent: [Buffer.from(sent)], fired: true }
  return {
    plan: PLAN,
    attempts: [attempt],
    seen: { status: 200, head: 'HTTP/1.1 200 OK', body: [Buffer.from(body)], end: 'whole' },
    clientFired: true,
    record: RECORD,
    isFollower: false,
    ...doctored,
  }
}

describe('judgeExchange() finds', () => {
  test('nothing in a whole stream with heartbeats, nor in a cut one that says so', () => {
    const beats = WHOLE.replace('event: ping', ': stopbit\n\nevent: ping')
    expect(judgeExchange(observe({ sent: WHOLE, body: beats }))).toEqual({ outcome: 'whole', problems: [] })
    const cut = observe(
      { sent: BEGINNING, body: BEGINNING + ERROR, answer: 'cut' },
      { record: { ...RECORD, ending: 'error', fault: 'body-reset' } },
    )
    expect(judgeExchange(cut)).toEqual({ outcome: 'error', problems: [] })
  })

  test.each<[string, Observation, RegExp]>([
    [
      'a healthy stream that lost an event',
      observe({ sent: WHOLE, body: WHOLE.replace(events[3] ?? '', '') }),
      /ends with untrue/,
    ],
    ['a healthy stream that was cut', observe({ sent: WHOLE, body: BEGINNING }), /its answer was "whole"/],
    [
      'a cut stream that looks complete',
      observe({ sent: BEGINNING, body: BEGINNING + (events.at(-1) ?? ''), answer: 'cut' }),
      /ends with sentinel/,
    ],
    ['a cut stream that just ends', observe({ sent: BEGINNING, body: BEGINNING, answer: 'cut' }), /ends with nothing/],
    [
      'something behind the error',
      observe({ sent: BEGINNING, body: BEGINNING + ERROR + ERROR, answer: 'cut' }),
      /ends with untrue/,
    ],
    [
      'a text of the runtime in our ending',
      observe({ sent: BEGINNING, body: BEGINNING + ERROR.replace('It was lost.', 'read ECONNRESET'), answer: 'cut' }),
      /"ECONNRESET"/,
    ],
    [
      'bytes of another exchange',
      observe({ sent: WHOLE, body: WHOLE.replaceAll('[x1-0]', '[x2-0]') }),
      /bytes of x2-0/,
    ],
    [
      'a response without an end',
      observe({ sent: WHOLE, body: BEGINNING }, { seen: { status: 200, head: '', body: [], end: 'pending' } }),
      /never saw an end/,
    ],
    [
      'a connection that breaks off',
      observe({ sent: WHOLE, body: '' }, { seen: { status: 200, head: '', body: [], end: 'incomplete' } }),
      /broke off/,
    ],
    [
      'a connection that closes without a response',
      observe({ sent: '', body: '', answer: 'none' }, { seen: { status: 0, head: '', body: [], end: 'none' } }),
      /closed without a response/,
    ],
    [
      'a failure of the gateway itself',
      observe({ sent: WHOLE, body: WHOLE }, { record: { ...RECORD, fault: 'internal' } }),
      /the gateway itself has failed/,
    ],
    ['a missing record', observe({ sent: WHOLE, body: WHOLE }, { record: undefined }), /left no record/],
    [
      'a record that calls a cut complete',
      observe({ sent: BEGINNING, body: BEGINNING + ERROR, answer: 'cut' }),
      /its record says "completed"/,
    ],
  ])('%s', (_what, observation, problem) => {
    expect(judgeExchange(observation).problems.join()).toMatch(problem)
  })

  test('no excuse for a stuck exchange on a busy machine', () => {
    const stuck = observe(
      { sent: WHOLE, body: '' },
      { seen: { status: 0, head: '', body: [], end: 'pending' }, record: { ...RECORD, fault: 'headers-timeout' } },
    )
    expect(judgeExchange(stuck, true).problems).toEqual(['its client never saw an end'])
  })
})

describe('Ledger', () => {
  test('names a record that never came, a second one and one of nobody, each with the seed', () => {
    const ledger = new Ledger(SEED)
    ledger.accepted('x1-0')
    ledger.accepted('x2-0')
    ledger.recorded({ ...RECORD, id: 'x2-0' })
    ledger.recorded({ ...RECORD, id: 'x2-0' })
    ledger.recorded({ ...RECORD, id: 'x3-0' })
    ledger.close()
    expect(ledger.problems).toEqual([
      'Exchange x2-0 of seed 20260: it left a second record',
      'Exchange x3-0 of seed 20260: it left a record, but was never accepted',
      'Exchange x1-0 of seed 20260: the gateway accepted it and left no record',
    ])
  })

  test('says of a stuck exchange what was played', () => {
    const ledger = new Ledger(SEED)
    ledger.end(ledger.begin(PLAN))
    expect(ledger.problems).toEqual([
      'Exchange x1-0 of seed 20260: its client never saw an end; anthropic, client read, upstream not asked, 0 pending, no record',
    ])
    expect(ledger.tally.unfired(['upstream whole', 'client read'])).toEqual(['upstream whole', 'client read'])
  })
})

describe('judgeProcess() finds', () => {
  const MIB = 1024 * 1024
  const IDLE: Probe = {
    memory: { rss: 200 * MIB, heapUsed: 15 * MIB, external: 4 * MIB, arrayBuffers: MIB },
    resources: { PipeWrap: 2, TCPServerWrap: 1 },
    downstreamSockets: 0,
    upstreamSockets: 0,
    mostListeners: 0,
    processListeners: 3,
    serverListeners: 8,
    heldBytes: 0,
    warnings: [],
  }
  const grown = (name: 'rss' | 'heapUsed' | 'external', mib: number): Probe => ({
    ...IDLE,
    memory: { ...IDLE.memory, [name]: IDLE.memory[name] + mib * MIB },
  })

  test('nothing in a process that is as it was', () => {
    expect(judgeProcess({ baseline: IDLE, end: IDLE, rssSamples: Array<number>(200).fill(250 * MIB) })).toEqual([])
  })

  test.each<[string, Probe]>([
    ['Sockets to clients', { ...IDLE, downstreamSockets: 1 }],
    ['Sockets to the upstream', { ...IDLE, upstreamSockets: 1 }],
    ['Held bytes', { ...IDLE, heldBytes: 1 }],
    ['Listeners of the process', { ...IDLE, processListeners: 4 }],
    ['Listeners of the server', { ...IDLE, serverListeners: 9 }],
    ['Active Timeout', { ...IDLE, resources: { ...IDLE.resources, Timeout: 1 } }],
    ['Heap in use', grown('heapUsed', 9)],
    ['External memory', grown('external', 9)],
    ['Resident memory', grown('rss', 129)],
    ['warned: MaxListenersExceededWarning', { ...IDLE, warnings: ['MaxListenersExceededWarning: 11 drain listeners'] }],
  ])('%s', (problem, end) => {
    expect(judgeProcess({ baseline: IDLE, end, rssSamples: [] }).join()).toContain(problem)
  })

  test('memory that grows while it works, and listeners that pile up', () => {
    const rssSamples = Array.from({ length: 200 }, (_, i) => (200 + i) * MIB)
    expect(judgeProcess({ baseline: IDLE, end: IDLE, rssSamples }).join()).toContain('Resident memory grows')
    expect(judgeSample({ mostListeners: 41 })).toEqual(['A socket has 41 listeners'])
  })
})
