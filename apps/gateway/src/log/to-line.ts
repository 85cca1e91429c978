import type { ExchangeRecord, StallWarning } from '@stopbit/exchange'

type Entry = Readonly<Record<string, unknown>>

/** What the logger itself adds to an entry. */
const FRAME = new Set(['level', 'time', 'msg'])

/**
 * A log entry as one line for a person; the same facts as in JSON, the usual ones in words. Clients choose some of the words: none
 * begins a line of its own or speaks to the terminal.
 */
export function toLine(entry: Entry): string {
  return sentenceOf(entry).replaceAll(/\p{C}/gu, '\uFFFD')
}

function sentenceOf(entry: Entry): string {
  switch (entry['msg']) {
    case 'exchange':
      return describeExchange(entry as unknown as ExchangeRecord)
    case 'upstream silent':
      return describeStall(entry as unknown as StallWarning)
    default: {
      const facts = Object.entries(entry).filter(([name, value]) => !FRAME.has(name) && value !== undefined)
      return [entry['msg'], ...facts.map(([name, value]) => `${name}=${plain(value)}`)].join(' ')
    }
  }
}

function describeExchange(record: ExchangeRecord): string {
  const { method, path, status, ending, fault, upstreamError, attempts, durationMs, firstDataMs, model } = record
  const parts = [
    `${method} ${path}`,
    model,
    status === undefined ? 'no status' : String(status),
    ending,
    fault && `${fault.kind} in phase ${fault.phase}${fault.code === undefined ? '' : ` (${fault.code})`}`,
    upstreamError && `the API said ${upstreamError}`,
    `${Math.round(durationMs)} ms`,
    firstDataMs !== undefined && `first data ${Math.round(firstDataMs)} ms`,
    attempts.length > 1 && `${attempts.length} attempts`,
    record.misuse,
    ...idsOf(record),
  ]
  return parts.filter((part) => typeof part === 'string').join(' · ')
}

function describeStall(warning: StallWarning): string {
  const { silentMs, events, upstreamBytes, cutInMs } = warning
  const cut = cutInMs === undefined ? 'nothing will cut it' : `cut in ${seconds(cutInMs)}`
  const parts = [`upstream silent for ${seconds(silentMs)}`, `${events} events, ${upstreamBytes} bytes so far`, cut]
  return [...parts, ...idsOf(warning)].join(' · ')
}

function idsOf({ id, requestId, clientRequestId, xRequestId, cfRay }: StallWarning | ExchangeRecord): string[] {
  const ids = {
    'request-id': requestId,
    'x-client-request-id': clientRequestId,
    'x-request-id': xRequestId,
    'cf-ray': cfRay,
  }
  return [id, ...Object.entries(ids).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]))]
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
