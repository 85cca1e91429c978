import type { LiveExchange, PastExchange } from './status.ts'

/** `850 ms`, `1.2 s`, `100 s`, `3 min 20 s`, `2 h 5 min`. */
export function sayDuration(ms: number): string {
  if (ms < 999.5) return `${ms < 9.95 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`
  if (ms < 9_950) return `${Math.round(ms / 100) / 10} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
}

/** `1,024 B`, `12 KiB`, `3.4 MiB`. */
export function sayBytes(bytes: number): string {
  if (bytes < 10_000) return `${bytes.toLocaleString('en-GB')} B`
  const kib = bytes / 1024
  return kib < 1000 ? `${Math.round(kib)} KiB` : `${(kib / 1024).toFixed(1)} MiB`
}

export function sayTime(time: number): string {
  return new Date(time).toLocaleTimeString('en-GB')
}

/** Short enough for a row; whole in the detail. */
export function shortId(id: string): string {
  return id.replace(/^req_stopbit_/, '').slice(0, 8)
}

/** Where an exchange stands: the word for a row, and what it means. */
export const PHASES: Readonly<Record<LiveExchange['phase'], readonly [word: string, meaning: string]>> = {
  asking: ['waiting', 'The API has not answered yet.'],
  retrying: ['retrying', 'An attempt failed; the next one is about to begin.'],
  holding: ['held', 'The API has answered; its answer is held until the first data.'],
  committed: ['streaming', 'The answer is on its way to the client.'],
  closing: ['ending', 'The API is done; the client still reads.'],
}

const ENDINGS: Readonly<Record<string, string>> = {
  completed: 'came whole',
  'completed-sentinel': 'whole; the missing last event was added',
  error: 'ended by an error in the stream',
  'kept-partial': 'ended by an error; the text so far was kept',
  truncated: 'ended as cut off by length',
  incomplete: 'left incomplete, as its kind has no way to say an error',
  'error-status': 'answered with an error status',
  thrown: 'ended by an error to the caller',
  'client-gone': 'the client left',
}

/** What the client got, in words. */
export function sayEnding({ ending, status }: PastExchange): string {
  const words = ENDINGS[ending] ?? ending
  return status === undefined ? words : `${words} (${status})`
}
