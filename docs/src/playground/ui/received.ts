import { rowsOf, type Row } from '../draw/rows.ts'
import type { Side } from '../play/compare.ts'

/** Characters of one piece that are shown. */
const MAX_TEXT = 900

/** One entry of what the client has so far. */
export interface Received {
  /** Index of the row on the drawing. */
  readonly row: number
  readonly kind: 'head' | 'upstream' | 'own' | 'heartbeat' | 'end'
  readonly text: string
}

const ENDS = {
  whole: 'The response ends. Its framing is whole.',
  cut: 'The connection is lost.',
  gone: 'The client leaves.',
  hangs: 'Nothing more. The response stays open.',
} as const

/** What a client has, row by row: heads, bytes as text, and the end. */
export function receivedOf({ timeline }: Side): readonly Received[] {
  return rowsOf(timeline.marks).flatMap((row, index) => receivedIn(row).map((entry) => ({ row: index, ...entry })))
}

function receivedIn({ client, headStatus }: Row): Omit<Received, 'row'>[] {
  const head = (status: number): Omit<Received, 'row'> => ({ kind: 'head', text: `HTTP ${status}` })
  switch (client?.kind) {
    case 'head':
      return [head(client.status)]
    case 'bytes': {
      const own = client.heartbeat ? 'heartbeat' : 'own'
      const body = { kind: client.origin === 'proxy' ? own : 'upstream', text: textOf(client.bytes) } as const
      return headStatus === undefined ? [body] : [head(headStatus), body]
    }
    case 'whole':
    case 'cut':
    case 'gone':
    case 'hangs':
      return [{ kind: 'end', text: ENDS[client.kind] }]
    default:
      return []
  }
}

function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_TEXT * 2)).trimEnd()
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${bytes.byteLength} bytes)` : text
}
