import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExchangeRecord } from '@stopbit/exchange'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openJournal, type Journal, type JournalOptions } from '../../src/journal/open-journal.ts'
import { chunk, EVENTS, LAST_CHUNK, startRawUpstream, STREAM_HEAD } from '../raw-upstream.ts'
import { MESSAGES_REQUEST } from '../test-gateway.ts'
import { runCommand, startGatewayProcess, temporaryFolder } from './gateway-process.ts'

const DAY_MS = 86_400_000

function recordOf(id: string): ExchangeRecord {
  return {
    version: 1,
    id,
    dialect: 'anthropic-messages',
    method: 'POST',
    path: '/v1/messages',
    ending: 'completed',
    attempts: [{ startedMs: 1, status: 200 }],
    startedAt: Date.now(),
    durationMs: 10,
    longestSilenceMs: 1,
    stalls: 0,
    requestBytes: 1,
    upstreamBytes: 1,
    downstreamBytes: 1,
    events: 1,
    sentEvents: 1,
    heartbeats: 0,
    droppedBytes: 0,
    clientGone: false,
    clientStalled: false,
  }
}

async function journalIn(folder: string, options: Partial<JournalOptions> = {}): Promise<Journal> {
  const journal = await openJournal({
    folder,
    upstream: 'https://api.example.com',
    maxBytes: 10_000_000,
    maxAgeMs: DAY_MS,
    onFailed: () => expect.unreachable('the journal failed'),
    onRecovered: () => undefined,
    ...options,
  })
  onTestFinished(() => journal.close(() => undefined))
  return journal
}

const close = (journal: Journal): Promise<void> => new Promise((resolve) => journal.close(resolve))

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}

function textIn(folder: string): string {
  const files = readdirSync(folder).filter((file) => file.startsWith('exchanges.'))
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('')
}

function today(): string {
  const now = new Date()
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

describe('a journal', () => {
  test('holds each record as a line with the API’s origin, in files that only their owner can read', async () => {
    const folder = join(temporaryFolder(), 'deep', 'journal')
    const journal = await journalIn(folder)
    journal.write(recordOf('one'))
    journal.write(recordOf('two'))
    await close(journal)
    const [file = '', ...others] = readdirSync(folder)
    expect(others).toEqual([])
    expect(file).toMatch(/^exchanges\.\d{4}-\d\d-\d\d\.1\.jsonl$/)
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
    const lines = readFileSync(join(folder, file), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { upstream: 'https://api.example.com', id: 'one' },
      { upstream: 'https://api.example.com', id: 'two' },
    ])
  })

  test('goes on where an earlier process has stopped', async () => {
    const folder = temporaryFolder()
    const first = await journalIn(folder)
    first.write(recordOf('one'))
    await close(first)
    const second = await journalIn(folder)
    second.write(recordOf('two'))
    await close(second)
    expect(readdirSync(folder)).toHaveLength(1)
    const { out } = await runCommand(['report', '--journal', folder, '--format', 'json'])
    expect(JSON.parse(out)).toMatchObject({ exchanges: 2 })
  })

  test('is bounded in bytes and in days: the oldest files go, also those of earlier processes', async () => {
    const folder = temporaryFolder()
    for (let day = 10; day < 28; day++) writeFileSync(join(folder, `exchanges.2026-01-${day}.1.jsonl`), '{}\n')
    writeFileSync(join(folder, 'notes.txt'), 'kept')
    const maxBytes = 50_000
    const journal = await journalIn(folder, { maxBytes })
    // Ten times what may be kept, taken by the disk a little at a time.
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 12; i++) journal.write(recordOf(`${round}-${i}`))
      await expect.poll(() => textIn(folder), { interval: 2 }).toContain(`"${round}-11"`)
    }
    await expect.poll(() => bytesIn(folder)).toBeLessThanOrEqual(maxBytes + 8_000)
    const files = readdirSync(folder)
    expect(files).toContain('notes.txt')
    expect(files.filter((file) => file.includes('2026-01'))).toEqual([])
    const { out } = await runCommand(['report', '--journal', folder, '--format', 'json'])
    expect((JSON.parse(out) as { exchanges: number }).exchanges).toBeGreaterThan(50)
    expect(journal.lostRecords).toBe(0)
  })

  test('that cannot be made is an error at the start, which names the option', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    const { code, errors } = await runCommand([
      'gateway',
      '--upstream',
      'http://127.0.0.1:1',
      '--port',
      '0',
      '--journal-dir',
      join(folder, 'file'),
    ])
    expect(code).toBe(2)
    expect(errors).toContain('Cannot use journalDir: must be a folder that can be written (EEXIST')
  })
})

test('a full disk stops nothing: it is told once, records wait and are then dropped and counted', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'journal'))
  // Whatever is written to it, the kernel says ENOSPC.
  symlinkSync('/dev/full', join(folder, 'journal', `exchanges.${today()}.1.jsonl`))
  const failures: NodeJS.ErrnoException[] = []
  const journal = await journalIn(join(folder, 'journal'), { onFailed: (error) => failures.push(error) })
  const record = recordOf('x'.repeat(10_000))
  const startedAt = performance.now()
  for (let i = 0; i < 1_000; i++) {
    journal.write(record)
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  // 10 MB, of which 4 MiB wait.
  expect(journal.lostRecords).toBeGreaterThan(500)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  await expect.poll(() => failures.map(({ code }) => code)).toEqual(['ENOSPC'])
})

test('the gateway goes on when its disk is full, says so in its log, and stops in time', async () => {
  const folder = join(temporaryFolder(), 'journal')
  mkdirSync(folder)
  symlinkSync('/dev/full', join(folder, `exchanges.${today()}.1.jsonl`))
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.end(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(EVENTS.join('')), Buffer.from(LAST_CHUNK)]))
  })
  const gateway = await startGatewayProcess(upstream.url, { journalDir: folder })
  for (let i = 0; i < 3; i++) {
    expect(await (await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST)).text()).toBe(EVENTS.join(''))
  }
  expect(await gateway.logged(({ msg }) => msg === 'journal cannot be written')).toMatchObject({ code: 'ENOSPC' })
  await gateway.logged(({ msg }) => msg === 'exchange', 3)
  expect(await gateway.stop()).toBe(0)
  expect(gateway.log.filter(({ msg }) => msg === 'journal cannot be written')).toHaveLength(1)
})
