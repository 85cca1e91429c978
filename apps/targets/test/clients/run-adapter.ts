import { startAdapter, type RunningAdapter, type Way } from './adapters.ts'
import { AI_CLIENTS } from './ai-clients.ts'
import { ANTHROPIC_CLIENTS } from './anthropic-clients.ts'
import { casesOf, cutOf, modelOf, type CaseName, type CellId } from './cases.ts'
import { GOOGLE_CLIENT } from './google-client.ts'
import { HTTPX_CLIENTS, readWithHttpx, type HttpxClient, type HttpxReading } from './httpx-clients.ts'
import { OPENAI_CLIENTS } from './openai-clients.ts'
import { readWith, Seen, type Reading, type SdkClient } from './reading.ts'
import { startUpstream, tryToConnect, type Played, type Upstream } from './upstream.ts'

const SDK_CLIENTS: readonly SdkClient[] = [...ANTHROPIC_CLIENTS, ...OPENAI_CLIENTS, GOOGLE_CLIENT, ...AI_CLIENTS]

export type Client = SdkClient | HttpxClient
export const CLIENTS: readonly Client[] = [...SDK_CLIENTS, ...HTTPX_CLIENTS]

interface CellBase {
  readonly adapter: Way
  readonly case: CaseName
  readonly played: Played
  /** What a connection to the refusing address fails with, in a cell that is refused. */
  readonly refusedWith: string | undefined
}
export interface SdkCell extends CellBase {
  readonly client: SdkClient
  readonly reading: Reading
}
export interface HttpxCell extends CellBase {
  readonly client: HttpxClient
  /** An error if there is none. */
  readonly reading: HttpxReading | Error
}
export type Cell = SdkCell | HttpxCell

/** Far above what any read takes on a loaded machine: only a hang gets there. */
const READ_LIMIT_MS = 12_000
/** The same where nothing ends a stall, so that a hang is what is waited for. */
const BARE_READ_LIMIT_MS = 4_000
/** Longest that the upstream's script may outlive the client's read. */
const SCRIPT_LIMIT_MS = 3_000

/** Starts an adapter before an upstream and before none, and has every client read every case, all at once. */
export async function runAdapter(adapter: Way): Promise<readonly Cell[]> {
  const upstream = await startUpstream()
  const running: RunningAdapter[] = []
  const start = async (upstreamUrl: string): Promise<string> => {
    const started = await startAdapter(adapter, upstreamUrl)
    running.push(started)
    return started.url
  }
  try {
    const starts = await Promise.allSettled([start(upstream.url), start(upstream.refusingUrl)])
    const [url = '', refusingUrl = ''] = starts.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
    const stage: Stage = {
      adapter,
      upstream,
      limitMs: adapter === 'no adapter' ? BARE_READ_LIMIT_MS : READ_LIMIT_MS,
      urlOf: (name) => (name === 'refused' ? refusingUrl : url),
    }
    const cells = await Promise.all([readSdkCells(stage), readHttpxCells(stage)])
    return cells.flat()
  } finally {
    await Promise.all(running.map(({ stop }) => stop()))
    await upstream.close()
  }
}

interface Stage {
  readonly adapter: Way
  readonly upstream: Upstream
  readonly limitMs: number
  readonly urlOf: (name: CaseName) => string
}

function cellsOf<Kind extends Client>(clients: readonly Kind[]): (CellId & { readonly client: Kind })[] {
  return clients.flatMap((client) =>
    casesOf(client.dialect).map((name) => ({ client, clientId: client.id, dialect: client.dialect, case: name })),
  )
}

function readSdkCells(stage: Stage): Promise<SdkCell[]> {
  const { upstream, limitMs, urlOf } = stage
  return Promise.all(
    cellsOf(SDK_CLIENTS).map(async (cell) => {
      upstream.expect(cell)
      const cut = cutOf(cell)
      const seen = new Seen(({ text, args }) => {
        if (text === cut?.text && args === cut.args) upstream.clientHas(cell)
      })
      const reading = await readWith(cell.client, { url: urlOf(cell.case), model: modelOf(cell), seen }, limitMs)
      return { client: cell.client, reading, ...(await attest(stage, cell)) }
    }),
  )
}

async function readHttpxCells(stage: Stage): Promise<HttpxCell[]> {
  const { upstream, limitMs, urlOf } = stage
  const cells = cellsOf(HTTPX_CLIENTS).map((cell) => ({ ...cell, url: urlOf(cell.case) }))
  for (const cell of cells) upstream.expect(cell)
  const readings = await readWithHttpx(cells, limitMs, (cell) => upstream.clientHas(cell)).catch(
    (error: Error) => error,
  )
  return Promise.all(
    cells.map(async (cell) => {
      const reading = readings instanceof Error ? readings : (readings.get(cell) ?? new Error('hang'))
      return { client: cell.client, reading, ...(await attest(stage, cell)) }
    }),
  )
}

async function attest({ adapter, upstream }: Stage, cell: CellId): Promise<CellBase> {
  const { promise: limit, resolve } = Promise.withResolvers<Played>()
  const late = { requests: 0, steps: ['the adapter has not let the upstream go'], silentMs: undefined }
  const timer = setTimeout(() => resolve(late), SCRIPT_LIMIT_MS)
  const played = await Promise.race([upstream.played(cell), limit])
  clearTimeout(timer)
  const refusedWith = cell.case === 'refused' ? await tryToConnect(upstream.refusingUrl) : undefined
  return { adapter, case: cell.case, played, refusedWith }
}
