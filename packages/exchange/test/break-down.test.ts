import { DIALECTS, type Dialect, type Scanner } from '@stopbit/sse'
import { describe, expect, test } from 'vitest'
import { Exchange } from '../src/exchange.ts'
import { resolveExchangeOptions } from '../src/options.ts'
import type { ExchangeRecord } from '../src/record.ts'
import type { ExchangeSink } from '../src/sink.ts'
import { Bench, FAILURES } from './bench.ts'
import { ANTHROPIC, BLOCK, DELTA, SSE, START } from './streams.ts'

const CANARY = 'a prompt that a parser quotes'

/** Messages with a defect: it throws at an event that holds `BOOM`, and, if asked to, in its closing too. */
function broken(dialect: Dialect, inClosing: boolean): Dialect {
  const boom = (): never => {
    throw new RangeError(CANARY)
  }
  return {
    ...dialect,
    createScanner(...args) {
      const scanner: Scanner = dialect.createScanner(...args)
      return {
        get state() {
          return scanner.state
        },
        get modelDataCount() {
          return scanner.modelDataCount
        },
        scan(bytes, start, end) {
          return Buffer.from(bytes.subarray(start, end)).includes('BOOM') ? boom() : scanner.scan(bytes, start, end)
        },
      }
    },
    close: (state, context) => (inClosing ? boom() : dialect.close(state, context)),
    errorResponse: (cause, requestId) => (inClosing ? boom() : dialect.errorResponse(cause, requestId)),
  }
}

/** What an exchange with a defect makes of the given answer. */
function run(
  inClosing: boolean,
  chunks: readonly string[],
): { calls: string[]; sent: string; record: ExchangeRecord | undefined; defects: Error[]; wakeAt: number } {
  const result: ReturnType<typeof run> = { calls: [], sent: '', record: undefined, defects: [], wakeAt: Infinity }
  const note = (call: string): void => void result.calls.push(call)
  const [anthropic] = DIALECTS
  if (anthropic === undefined) throw new Error('there is no dialect')
  const sink: ExchangeSink = {
    sendAttempt: () => note('attempt'),
    releaseRequest: () => undefined,
    abortUpstream: () => note('abort upstream'),
    pauseUpstream: () => undefined,
    resumeUpstream: () => undefined,
    decodeUpstream: () => false,
    writeHead: (status) => note(`head ${status}`),
    write(bytes) {
      result.sent += Buffer.from(bytes).toString()
      return true
    },
    end: () => note('end'),
    leaveIncomplete: () => note('leave incomplete'),
    abortDownstream: () => note('abort downstream'),
    broken: (defect) => result.defects.push(defect),
    wakeAt: (time) => (result.wakeAt = time),
    stalled: () => undefined,
    settled: (record) => (result.record = record),
  }
  const exchange = new Exchange({
    request: { method: 'POST', target: '/v1/messages', headers: [] },
    options: { ...resolveExchangeOptions(), dialect: broken(anthropic, inClosing) },
    sink,
    clock: { now: () => 0 },
  })
  exchange.start({ stream: true, prompt: 'messages' })
  exchange.upstreamHead(200, SSE)
  for (const chunk of chunks) exchange.upstreamChunk(Buffer.from(chunk))
  expect(result.wakeAt).toBeLessThan(Infinity)
  exchange.downstreamGone()
  return result
}

const BOOM = 'event: x\ndata: "BOOM"\n\n'
const OPEN = START + BLOCK + DELTA

describe('a defect of the machine itself', () => {
  test('within a stream ends it with a true error event, once', () => {
    const { calls, sent, record, defects } = run(false, [OPEN, BOOM, BOOM])
    expect(sent.match(/event: error/g)).toHaveLength(1)
    expect(calls).toEqual(['attempt', 'head 200', 'abort upstream', 'end'])
    expect(record).toMatchObject({ ending: 'error', fault: { kind: 'internal', code: 'RangeError' } })
    expect(defects).toHaveLength(1)
  })

  test('before the head is a 500, and is not tried again', () => {
    const { calls, record } = run(false, [BOOM])
    expect(calls).toEqual(['attempt', 'abort upstream', 'head 500', 'end'])
    expect(record).toMatchObject({ ending: 'error-status', fault: { kind: 'internal' } })
  })

  test('that no error can be said of any more leaves the framing incomplete', () => {
    const { calls, record } = run(true, [OPEN, BOOM])
    expect(calls).toEqual(['attempt', 'head 200', 'abort upstream', 'leave incomplete'])
    expect(record).toMatchObject({ ending: 'incomplete', fault: { kind: 'internal', code: 'RangeError' } })
  })

  test('is told to the operator with its place, and without its message', () => {
    const { defects, record } = run(false, [BOOM])
    const [defect] = defects
    expect(defect?.stack).toMatch(/RangeError\)\n\s+at .*break-down\.test\.ts/)
    expect(`${defect?.message}${defect?.stack}${JSON.stringify(record)}`).not.toContain(CANARY)
  })

  test('arms the clock of a client that does not read', () => {
    const bench = new Bench({ downstreamStallMs: 1_000 }).streaming(OPEN)
    bench.answerAtOnce = (call) => {
      if (call !== 'pause') return
      bench.answerAtOnce = undefined
      throw new RangeError(CANARY)
    }
    bench.keepsUp = false
    bench.chunk(DELTA)
    expect(bench.calls.at(-1)).toBe('end')
    expect(bench.pass(1_000).calls.at(-1)).toBe('abort downstream')
  })
})

describe('an observer that throws', () => {
  const thrower = (): never => {
    throw new RangeError(CANARY)
  }

  test('is told to the operator, and ends no exchange', () => {
    const bench = new Bench({ stallWarnMs: 1_000, retry: 'replayable' })
    const defects: string[] = []
    Object.assign(bench, {
      stalled: thrower,
      retrying: thrower,
      broken: ({ message }: Error) => defects.push(message),
    })
    bench.start(ANTHROPIC.facts).fail(FAILURES.refused).pass(2_000).answer(200).chunk(OPEN).pass(1_000)
    expect(defects).toEqual(Array(2).fill('An observer of an exchange has thrown (RangeError)'))
    bench.chunk(...ANTHROPIC.finish).endBody()
    expect(bench.finished().record).toMatchObject({ ending: 'completed', stalls: 1 })
  })

  test.each([
    ['no error', 'x', 'unknown'],
    ['an error without a stack', Object.assign(new Error('x'), { stack: undefined }), 'Error'],
    ['an error with a name that quotes', Object.assign(new Error('x'), { name: CANARY }), 'unknown'],
  ])('%s is told without its message', (_what, thrown, name) => {
    const bench = new Bench({ stallWarnMs: 1_000 })
    const defects: string[] = []
    const stalled = (): never => {
      throw thrown
    }
    Object.assign(bench, { stalled, broken: ({ message }: Error) => defects.push(message) })
    bench.streaming(OPEN).pass(1_000)
    expect(defects).toEqual([`An observer of an exchange has thrown (${name})`])
  })

  test('of defects does not keep an exchange from its end', () => {
    const bench = new Bench({ stallWarnMs: 1_000 })
    Object.assign(bench, { stalled: thrower, broken: thrower })
    bench.streaming(OPEN).pass(1_000)
    expect(bench.hasEnded).toBe(false)
    bench.exchange.requestChunk(Number.NaN)
    bench.answerAtOnce = (call) => {
      if (call === 'write') {
        bench.answerAtOnce = undefined
        thrower()
      }
    }
    bench.chunk(DELTA)
    expect(bench.finished().record).toMatchObject({ ending: 'error', fault: { kind: 'internal', code: 'RangeError' } })
  })
})
