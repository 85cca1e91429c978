import { classifyFault, type FaultKind, type TransportFacts } from '@stopbit/faults'
import type { UpstreamEvents } from '../src/index.ts'

/** What a call reported: as lines, as bytes, and how it was over. */
export interface Recorder {
  readonly events: UpstreamEvents
  readonly lines: string[]
  readonly headers: string[]
  readonly body: () => string
  readonly bodyBytes: () => number
  /** Resolves when a line that starts so was reported. */
  readonly until: (start: string) => Promise<void>
  readonly over: Promise<
    { readonly facts: TransportFacts; readonly error: Error; readonly kind: FaultKind } | undefined
  >
}

/** Records a call; `and` is called after each line, from within the event. */
export function record(and: (line: string) => void = () => undefined): Recorder {
  const lines: string[] = []
  const headers: string[] = []
  const chunks: Uint8Array[] = []
  const waiting: { readonly start: string; readonly seen: () => void }[] = []
  const over = Promise.withResolvers<Awaited<Recorder['over']>>()
  const add = (line: string): void => {
    lines.push(line)
    for (const { start, seen } of waiting) if (line.startsWith(start)) seen()
    and(line)
  }
  return {
    lines,
    headers,
    body: () => Buffer.concat(chunks).toString(),
    bodyBytes: () => chunks.reduce((sum, { byteLength }) => sum + byteLength, 0),
    until: (start) =>
      new Promise((seen) => {
        if (lines.some((line) => line.startsWith(start))) seen()
        else waiting.push({ start, seen })
      }),
    over: over.promise,
    events: {
      upstreamQueued: () => add('queued'),
      upstreamConnected: (reused) => add(`connected ${reused}`),
      upstreamHead: (status, fields) => {
        headers.push(...fields)
        add(`head ${status}`)
      },
      upstreamChunk: (bytes) => {
        chunks.push(bytes)
        add(`chunk ${Buffer.from(bytes).toString('latin1').slice(0, 40)}`)
      },
      upstreamEnd: () => {
        add('end')
        over.resolve(undefined)
      },
      upstreamFault: (error, facts) => {
        const { kind } = classifyFault(facts, error)
        add(`fault ${kind}`)
        over.resolve({ facts, error: error as Error, kind })
      },
    },
  }
}

/** undici offers a connection again in the turn after its response. */
export async function nextTurn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}
