import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { JOURNAL_FILE, type JournalEntry } from '../journal/open-journal.ts'

/** What a report is about. Times in milliseconds since the epoch; an exchange counts by its start. */
export interface ReportFilter {
  /** From this time on. */
  readonly since?: number | undefined
  /** Before this time. */
  readonly until?: number | undefined
  /** A part of the API's origin. */
  readonly upstream?: string | undefined
}

/** What was read of a journal. */
export interface JournalReading {
  readonly entries: readonly JournalEntry[]
  /** Lines that are no record: one that was cut when a disk was full, or a line of something else. */
  readonly strangeLines: number
}

/**
 * Reads the records of a journal's folder, or of one file of JSON lines: of a journal, or of the gateway's log. In the order of
 * their starts. Rejects if there is nothing to read.
 */
export async function readJournal(
  path: string,
  { since = -Infinity, until = Infinity, upstream = '' }: ReportFilter,
): Promise<JournalReading> {
  const entries: JournalEntry[] = []
  let strangeLines = 0
  for (const file of await filesOf(path)) {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      const entry = toEntry(line)
      if (entry === 'strange') strangeLines++
      else if (
        entry !== 'other' &&
        entry.startedAt >= since &&
        entry.startedAt < until &&
        (entry.upstream ?? '').includes(upstream)
      )
        entries.push(entry)
    }
  }
  return { entries: entries.toSorted((a, b) => a.startedAt - b.startedAt), strangeLines }
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const files = (await readdir(path)).filter((name) => JOURNAL_FILE.test(name))
  if (files.length === 0) throw new Error(`There is no journal in ${path}`)
  return files.map((name) => join(path, name))
}

/** `other`: a line of a log that is no record. */
function toEntry(line: string): JournalEntry | 'other' | 'strange' {
  let value: Partial<JournalEntry> & { readonly msg?: unknown }
  try {
    value = JSON.parse(line) as typeof value
  } catch {
    return line.trim() === '' ? 'other' : 'strange'
  }
  const isRecord = value?.version === 1 && typeof value.ending === 'string' && Array.isArray(value.attempts)
  if (isRecord) return value as JournalEntry
  return typeof value?.msg === 'string' ? 'other' : 'strange'
}
