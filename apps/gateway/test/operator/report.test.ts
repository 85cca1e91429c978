import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Report } from '../../src/report/summarize.ts'
import { chunk, connectRaw, EVENTS, LAST_CHUNK, startRawUpstream, STREAM_HEAD } from '../raw-upstream.ts'
import { MESSAGES_REQUEST } from '../test-gateway.ts'
import { runCommand, startGatewayProcess, temporaryFolder } from './gateway-process.ts'

/** What the upstream does with a request is in its path; the mix is of a thousand exchanges. */
const MIX = {
  whole: 420,
  cut: 130,
  'cut-json': 60,
  refused: 90,
  'api-error': 70,
  'retried-once': 120,
  status: 60,
  leave: 50,
} as const
type Way = keyof typeof MIX

const ERROR_EVENT =
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'

function startMixedUpstream() {
  const retried = new Set<string>()
  return startRawUpstream(async ({ socket, readRequest }) => {
    for (;;) {
      const { head } = await readRequest()
      const [, way, number = ''] = /^POST \/([\w-]+)\/(\d+)\//.exec(head) ?? []
      const events = (list: readonly string[]): string => STREAM_HEAD + chunk(list.join('')).toString()
      switch (way as Way) {
        case 'retried-once':
          if (retried.has(number)) {
            socket.write(events(EVENTS) + LAST_CHUNK)
            break
          }
          retried.add(number)
          return void socket.resetAndDestroy()
        case 'whole':
          socket.write(events(EVENTS) + LAST_CHUNK)
          break
        case 'cut':
          return void socket.write(events(EVENTS.slice(0, 4)), () => socket.resetAndDestroy())
        case 'cut-json':
          return void socket.end(
            'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{"id":',
          )
        case 'refused':
          return void socket.resetAndDestroy()
        case 'api-error':
          socket.write(events([...EVENTS.slice(0, 4), ERROR_EVENT]) + LAST_CHUNK)
          break
        case 'status':
          socket.write('HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
          break
        case 'leave':
          socket.write(events(EVENTS.slice(0, 4)))
          break
      }
    }
  })
}

/** One client at a time of each lane asks; the ways are mixed evenly over all lanes. */
async function askAll(url: string): Promise<void> {
  const ways = Object.entries(MIX).flatMap(([way, count]) =>
    Array.from({ length: count }, (_value, i) => ({ path: `/${way}/${i}/v1/messages`, at: (i + 0.5) / count, way })),
  )
  const queue = ways.toSorted((a, b) => a.at - b.at)
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.way === 'leave') await leave(url, next.path)
      else await (await fetch(url + next.path, MESSAGES_REQUEST)).text()
    }
  }
  await Promise.all(Array.from({ length: 16 }, lane))
}

async function leave(url: string, path: string): Promise<void> {
  const socket = connectRaw(Number(new URL(url).port))
  const { body } = MESSAGES_REQUEST
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await new Promise((resolve) => socket.on('data', (data: Buffer) => data.includes('text_delta') && resolve(undefined)))
  socket.resetAndDestroy()
}

const sum = (rows: readonly { readonly exchanges: number }[]): number =>
  rows.reduce((all, row) => all + row.exchanges, 0)

test(
  'stopbit report adds up over a thousand mixed exchanges, and says what was done to them',
  { timeout: 60_000 },
  async () => {
    const journal = temporaryFolder()
    const upstream = await startMixedUpstream()
    const options = { journalDir: journal, commit: 'headers', retry: 'replayable', retryBackoffMs: '5' }
    const gateway = await startGatewayProcess(upstream.url, options)
    await askAll(gateway.url)
    await gateway.logged(({ msg }) => msg === 'exchange', 1_000)
    expect(await gateway.stop()).toBe(0)

    const { code, out } = await runCommand(['report', '--journal', journal, '--format', 'json'])
    expect(code).toBe(0)
    const report = JSON.parse(out) as Report
    expect(report.exchanges).toBe(1_000)
    // It adds up.
    expect(sum(report.errors) + report.withoutError).toBe(1_000)
    expect(sum(report.endings)).toBe(1_000)
    expect(report.latencies.find(({ name }) => name === 'whole exchange')?.exchanges).toBe(1_000)
    // And it is what was done. A budget bounds retries, so of those that one would have saved some were not.
    const errors = Object.fromEntries(
      report.errors.map(({ error, isSse, exchanges }) => [`${error} ${isSse}`, exchanges]),
    )
    const { 'closed-before-headers false': fresh = 0, 'reused-closed false': reused = 0, ...others } = errors
    expect(others).toEqual({
      'body-reset true': MIX.cut,
      'body-reset false': MIX['cut-json'],
      'upstream-error true': MIX['api-error'],
      'client-gone true': MIX.leave,
      'status-404 false': MIX.status,
    })
    expect(fresh + reused + report.saved).toBe(MIX.refused + MIX['retried-once'])
    expect(report.saved).toBeGreaterThan(0)
    expect(report.withoutError).toBe(MIX.whole + report.saved)
    expect(report.upstreamErrors).toEqual([{ name: 'overloaded_error', exchanges: MIX['api-error'] }])
    expect(sum(report.retries)).toBeGreaterThanOrEqual(report.saved)
    for (const { p50, p90, p99, max } of report.latencies) {
      expect([p50, p90, p99, max].toSorted((a, b) => a - b)).toEqual([p50, p90, p99, max])
    }
  },
)

const AT = Date.parse('2026-06-01T12:00:00Z')
const record = (startedAt: number, upstream: string, rest: object): string =>
  JSON.stringify({
    upstream,
    version: 1,
    id: `req_${startedAt}`,
    dialect: 'anthropic-messages',
    path: '/v1/messages',
    attempts: [{ startedMs: 0 }],
    startedAt,
    durationMs: 100,
    longestSilenceMs: 10,
    stalls: 0,
    ending: 'completed',
    ...rest,
  })
const gone = { fault: { kind: 'client-gone', phase: 'body' }, ending: 'client-gone' }
const hung = { fault: { kind: 'closed-before-headers', phase: 'headers' }, ending: 'error-status' }
const raced = { kind: 'reused-closed', phase: 'headers' }

/** As in an incident: error × is_sse × exchanges. */
function incident(): string {
  const one = 'https://api.anthropic.com'
  const lines = [
    ...Array.from({ length: 16 }, (_value, i) => record(AT + i, one, { ...gone, sse: true })),
    ...Array.from({ length: 15 }, (_value, i) => record(AT + 100 + i, one, gone)),
    ...Array.from({ length: 2 }, (_value, i) => record(AT + 200 + i, one, hung)),
    record(AT + 300, one, { fault: { kind: 'body-reset', phase: 'body' }, sse: true, ending: 'error' }),
    record(AT + 400, one, {
      attempts: [{ startedMs: 0, reused: true, fault: raced, retry: 'stale', retryDelayMs: 0 }, { startedMs: 9 }],
    }),
    record(AT + 86_400_000, 'https://api.openai.com', {}),
  ]
  const file = join(temporaryFolder(), 'log.jsonl')
  writeFileSync(file, `{"level":30,"msg":"listening"}\n${lines.join('\n')}\n{"version":1,"id":"cut when the di`)
  return file
}

test('the table of an incident: errors by kind and by whether they were streams', async () => {
  const { out, errors } = await runCommand(['report', '--journal', incident(), '--upstream', 'anthropic'])
  expect(out).toContain(
    '35 exchanges from 2026-06-01T12:00:00.000Z to 2026-06-01T12:00:00.400Z: 34 with an error, 1 without.',
  )
  expect(out).toContain(
    [
      'error                  is_sse  exchanges',
      '---------------------  ------  ---------',
      'client-gone            true           16',
      'client-gone            false          15',
      'closed-before-headers  false           2',
      'body-reset             true            1',
    ].join('\n'),
  )
  expect(out).toMatch(/^idle-close races of the API +1$/m)
  expect(out).toMatch(/^stale: reused-closed +1$/m)
  expect(errors).toBe('stopbit: 1 lines are no records and were left out\n')
})

test.each([
  [['--since', '2026-06-01T12:00:00.300Z'], 3],
  [['--until', '2026-06-01T12:00:00.300Z'], 33],
  [['--since', '2026-06-01T12:00:00.300Z', '--until', '2026-06-02'], 2],
  [['--upstream', 'openai'], 1],
  [['--since', '1s'], 0],
])('%j leaves %i exchanges', async (filter, exchanges) => {
  const { out } = await runCommand(['report', '--format', 'json', ...filter], { STOPBIT_JOURNAL_DIR: incident() })
  expect((JSON.parse(out) as Report).exchanges).toBe(exchanges)
})

test('as CSV each line begins with its section, and what a spreadsheet would take for a formula is none', async () => {
  const file = incident()
  writeFileSync(file, `${record(AT, 'https://x', { upstreamError: '=cmd|"1"', sse: true, ending: 'error' })}\n`)
  const { out } = await runCommand(['report', '--journal', file, '--format', 'csv'])
  expect(out).toContain('section,error,is_sse,exchanges\r\nerrors,upstream-error,true,1\r\n')
  expect(out).toContain('section,ending,exchanges\r\nendings,error,1\r\n')
  expect(out).toContain(`upstream errors,"'=cmd|""1""",1\r\n`)
})

test.each([
  [['--journal', '/nowhere'], 1, 'Cannot read the journal'],
  [['--journal', '/tmp', '--since', 'yesterday'], 2, 'must be a date'],
  [['--journal', '/tmp', '--format', 'xml'], 2, 'Allowed choices are table, json, csv'],
  [[], 2, '--journal'],
])('%j ends with %i and a sentence', async (args, code, sentence) => {
  const run = await runCommand(['report', ...args])
  expect(run).toMatchObject({ code, out: '' })
  expect(run.errors).toContain(sentence)
})
