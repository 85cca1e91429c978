import type { EventEmitter } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExchangeRecord } from '@stopbit/exchange'

/** One line of the journal: an exchange's record, and where its request went. */
export interface JournalEntry extends ExchangeRecord {
  /** Origin of the API. */
  readonly upstream: string
}

/** The options of `openJournal`. */
export interface JournalOptions {
  /** Made if it is not there. One folder for each gateway. */
  readonly folder: string
  /** Origin of the API. */
  readonly upstream: string
  /** The most bytes that all files have together, nearly: a file may exceed its share by what was written at once. */
  readonly maxBytes: number
  /** How long a record is kept, in milliseconds; in whole days, today's included. */
  readonly maxAgeMs: number
  /** The journal cannot be written. Told once, until it can be written again. */
  readonly onFailed: (error: Error) => void
  /** It can be written again. `lostRecords`: how many were dropped since the start. */
  readonly onRecovered: (lostRecords: number) => void
}

/** Where the records of a gateway are kept. */
export interface Journal {
  /** Records that were dropped because the disk took none for too long. */
  readonly lostRecords: number
  /** Takes a record; never waits, never throws. */
  write(record: ExchangeRecord): void
  /** Takes no more records, and calls back when all that it took are written; never, if the disk takes nothing. */
  close(done: () => void): void
}

/** With the day and a number in it: `exchanges.2026-11-21.1.jsonl`. */
const FILE = 'exchanges.jsonl'
export const JOURNAL_FILE: RegExp = /^exchanges\..*\.jsonl$/

/** Records that wait for a slow or full disk. */
const BUFFER_BYTES = 4 * 1024 * 1024
const DAY_MS = 86_400_000
/** A file for each day, and a few for days with more than their share. */
const SPARE_FILES = 4

/**
 * Opens a journal: JSON lines in files that only their owner can read, a new one each day and each time that one is full; the
 * oldest go. A disk that is full stops nothing: up to 4 MiB wait for it, what comes beyond is dropped and counted.
 *
 * Rejects if the folder cannot be made or written.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { folder, upstream, maxBytes, maxAgeMs, onFailed, onRecovered } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Loaded by those who keep a journal alone: it takes a while.
  const { default: openRollingFile } = await import('pino-roll')
  const files = Math.ceil(maxAgeMs / DAY_MS) + SPARE_FILES
  const file = await openRollingFile({
    file: join(folder, FILE),
    dateFormat: 'yyyy-MM-dd',
    frequency: 'daily',
    size: `${Math.max(1, Math.floor(maxBytes / files / 1024))}k`,
    limit: { count: files - 1, removeOtherLogFiles: true },
    mkdir: true,
    mode: 0o600,
    maxLength: BUFFER_BYTES,
  })
  await opened(file)
  let lostRecords = 0
  let isFailing = false
  let isClosed = false
  file.on('drop', () => lostRecords++)
  file.on('error', (error: Error) => {
    if (!isFailing) onFailed(error)
    isFailing = true
  })
  file.on('write', () => {
    if (isFailing) onRecovered(lostRecords)
    isFailing = false
  })
  return {
    get lostRecords() {
      return lostRecords
    },
    write(record) {
      if (isClosed) return
      file.write(`${JSON.stringify({ upstream, ...record } satisfies JournalEntry)}\n`)
    },
    close(done) {
      if (isClosed) return done()
      isClosed = true
      file.once('close', done)
      file.end()
    },
  }
}

function opened(file: EventEmitter): Promise<void> {
  return new Promise((resolve, reject) => {
    file.once('error', reject)
    file.once('ready', () => {
      file.off('error', reject)
      resolve()
    })
  })
}
