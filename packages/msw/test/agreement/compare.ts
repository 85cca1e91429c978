import { expandTrace, type Trace } from '@stopbit/traces'
import { loadTrace } from '@stopbit/traces/data'
import { setupServer } from 'msw/node'
import { replayAll } from '../../src/index.ts'
import { SELECTION } from './cells.ts'
import { CLIENTS, PLAIN_FETCH } from './clients.ts'
import { startRawUpstream } from './raw-upstream.ts'
import { readInTurn } from './read-in-turn.ts'
import { readWith, type Client, type Reading } from './reading.ts'
import { followReads } from './undici-reads.ts'

/** One client at one trace, behind a socket and under replay. */
export interface Cell {
  readonly traceId: string
  readonly client: Pick<Client, 'id' | 'name'>
  readonly raw: Reading
  readonly replayed: Reading
}

/** Waits of a trace are played at this factor. */
export const SCALE = 0.02
/** Long enough for what was sent to be handed on under load: in one process, and through those of a browser. */
export const BARRIER_MS = { node: 100, browser: 300 } as const

/** A trace as it is played, by its id or that of a permutation. */
export async function loadPermutation(id: string): Promise<Trace> {
  const base = id.split('/').slice(0, 2).join('/')
  const found = expandTrace(await loadTrace(base)).find(({ trace }) => trace.id === id)
  if (found === undefined) throw new RangeError(`There is no permutation ${id}`)
  return found.trace
}

/** A trace without permutations, and who reads it. */
interface Pair {
  readonly trace: Trace
  readonly client: Client
}

/** Every trace of the selection with every client of its dialect. */
export async function selectedPairs(): Promise<Pair[]> {
  const traces = await Promise.all(SELECTION.map(loadPermutation))
  return traces.flatMap((trace) => [PLAIN_FETCH, ...CLIENTS[trace.dialect]].map((client) => ({ trace, client })))
}

/** Reads every pair: first behind sockets, then under replay. */
export async function compareInNode(pairs: readonly Pair[]): Promise<Cell[]> {
  const reads = followReads()
  const raw = await readInTurn(pairs, async ({ trace, client }, limitMs) => {
    const upstream = await startRawUpstream(trace, SCALE, reads.clientHas)
    const reading = await readWith(client, upstream.url, limitMs)
    await upstream.close()
    return reading
  })
  reads.stop()
  const timing = { scale: SCALE, barrierMs: BARRIER_MS.node }
  const hosts = new Set(pairs.map(({ client }) => hostOf(client)))
  const server = setupServer(...hosts.values().map((url) => replayAll({ url, ...timing })))
  server.listen({ onUnhandledFrame: 'error' })
  const replayed = await readInTurn(pairs, ({ trace, client }, limitMs) =>
    readWith(client, `${hostOf(client)}/${trace.id}`, limitMs),
  )
  server.close()
  return pairs.map(({ trace, client }, index) => ({ traceId: trace.id, client, ...pairOf(raw, replayed, index) }))
}

/** What was read in one place, in both ways. */
export function pairOf<T>(raw: readonly T[], replayed: readonly T[], index: number): { raw: T; replayed: T } {
  const [behindSocket, underReplay] = [raw[index], replayed[index]]
  if (behindSocket === undefined || underReplay === undefined)
    throw new Error(`Cannot pair read ${index}: there is none`)
  return { raw: behindSocket, replayed: underReplay }
}

/** Each client has a host of its own, so that none takes another's answers. */
function hostOf({ id }: Pick<Client, 'id'>): string {
  return `https://${id}.test`
}
