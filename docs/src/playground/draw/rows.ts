import type { ClientMark, Mark, ProxyMark, UpstreamMark } from '../play/timeline.ts'

/** Where a mark stands on its way through the proxy, from the upstream to the client. */
const RANKS = { upstream: 0, proxy: 1, client: 2 } as const

/** Rows that a drawing has at most before small pieces are drawn together. */
const MAX_ROWS = 22

/** One line of a timeline: what the upstream did, what the proxy made of it, and what the client got, all at once. */
export interface Row {
  readonly atMs: number
  /** When the last of what is drawn together into it happened. */
  untilMs: number
  readonly exchange: number
  /** The first and the last of the marks that the row stands for. */
  readonly from: number
  to: number
  upstream: UpstreamMark | undefined
  proxy: ProxyMark | undefined
  client: ClientMark | undefined
  /** Status of the head that went to the client together with the bytes. */
  headStatus: number | undefined
  heldBytes: number
  /** Rows of bytes that were drawn together into this one. */
  pieces: number
}

/** Puts marks that belong together on one row, in the order of time. */
export function rowsOf(marks: readonly Mark[]): readonly Row[] {
  const rows: Row[] = []
  marks.forEach((mark, index) => {
    const row = rows.at(-1)
    if (mark.lane === 'proxy' && mark.kind === 'holds' && row !== undefined) row.heldBytes = mark.byteLength
    else if (row === undefined || !takes(row, mark)) {
      if (mark.lane !== 'upstream' || mark.kind !== 'request') rows.push(toRow(mark, index))
    } else put(row, mark)
    const last = rows.at(-1)
    if (last !== undefined) last.to = index
  })
  return rows.length > MAX_ROWS ? foldBytes(rows) : rows
}

function toRow(mark: Mark, index: number): Row {
  const { atMs, exchange } = mark
  const empty = {
    upstream: undefined,
    proxy: undefined,
    client: undefined,
    headStatus: undefined,
    heldBytes: 0,
    pieces: 1,
  }
  const row: Row = { atMs, untilMs: atMs, exchange, from: index, to: index, ...empty }
  put(row, mark)
  return row
}

function put(row: Row, mark: Mark): void {
  if (mark.lane === 'upstream') row.upstream = mark
  else if (mark.lane === 'proxy') row.proxy = mark
  else if (row.client?.kind === 'bytes' && mark.kind === 'bytes') row.client = joined(row.client, mark)
  else {
    if (row.client?.kind === 'head') row.headStatus = row.client.status
    row.client = mark
  }
}

function takes(row: Row, mark: Mark): boolean {
  if (mark.atMs !== row.atMs || mark.exchange !== row.exchange) return false
  if (isRequest(row)) return mark.lane === 'upstream' ? mark.kind === 'request' : mark.lane === 'proxy'
  if (mark.lane === 'client' && row.client !== undefined) {
    if (row.client.kind === 'head') return mark.kind === 'bytes'
    return row.client.kind === 'bytes' && mark.kind === 'bytes' && isSameWriter(row.client, mark)
  }
  return mark.kind !== 'attempt' && mark.kind !== 'request' && RANKS[mark.lane] > rankOf(row)
}

/** How far to the client a row has come. */
function rankOf({ client, proxy }: Row): number {
  if (client !== undefined) return RANKS.client
  return proxy === undefined ? RANKS.upstream : RANKS.proxy
}

/** A request goes the other way: from the client through the proxy to the upstream. */
export function isRequest({ client, proxy }: Row): boolean {
  return client?.kind === 'request' || proxy?.kind === 'attempt'
}

type ClientBytes = ClientMark & { readonly kind: 'bytes' }

function isSameWriter(a: ClientBytes, b: ClientBytes): boolean {
  return a.origin === b.origin && a.heartbeat === b.heartbeat
}

function joined(a: ClientBytes, b: ClientBytes): ClientBytes {
  return { ...b, bytes: join(a.bytes, b.bytes), events: [...a.events, ...b.events] }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.byteLength + b.byteLength)
  bytes.set(a)
  bytes.set(b, a.byteLength)
  return bytes
}

/** Draws runs of small pieces, or of heartbeats, as one row each. */
function foldBytes(rows: readonly Row[]): Row[] {
  const folded: Row[] = []
  for (const row of rows) {
    const last = folded.at(-1)
    if (last === undefined || !isFoldable(last, row)) folded.push(row)
    else fold(last, row)
  }
  return folded
}

function isFoldable(last: Row, row: Row): boolean {
  if (!isOnlyBytes(last) || !isOnlyBytes(row) || last.exchange !== row.exchange) return false
  const [a, b] = [last.client, row.client]
  if (a?.kind === 'bytes' && b?.kind === 'bytes' && !isSameWriter(a, b)) return false
  return (last.upstream === undefined) === (row.upstream === undefined) && row.headStatus === undefined
}

function isOnlyBytes({ upstream, proxy, client }: Row): boolean {
  const hasFault = upstream?.fault === true
  return (
    proxy === undefined && !hasFault && (upstream?.kind ?? 'bytes') === 'bytes' && (client?.kind ?? 'bytes') === 'bytes'
  )
}

function fold(last: Row, row: Row): void {
  last.pieces += row.pieces
  last.to = row.to
  last.untilMs = row.untilMs
  last.heldBytes = row.heldBytes
  if (last.upstream?.kind === 'bytes' && row.upstream?.kind === 'bytes')
    last.upstream = {
      ...last.upstream,
      bytes: join(last.upstream.bytes, row.upstream.bytes),
      events: [...last.upstream.events, ...row.upstream.events],
    }
  if (row.client?.kind === 'bytes')
    last.client = last.client?.kind === 'bytes' ? joined(last.client, row.client) : row.client
}
